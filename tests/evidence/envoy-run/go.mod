module envoy-run

go 1.26
