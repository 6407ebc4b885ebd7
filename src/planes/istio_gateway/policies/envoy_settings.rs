//! Which settings of an EnvoyFilter's patch count where requests pass another Envoy before.

use crate::objects::value::at;
use serde_yaml::Value;

/// With which values a setting lets pass what Envoy's default does not.
#[derive(Debug, Clone, Copy)]
enum Lets {
    /// With each.
    Pass,
    /// Above Envoy's default.
    PassAbove(u64),
    /// With this one.
    PassIf(bool),
}

/// Settings of Envoy's `HttpConnectionManager`, and of the protocol options in it, with which requests pass that
/// Envoy's default refuses or changes. Those that make a listener stricter (timeouts, for example) are no concern:
/// the application's sidecar follows them as before.
const ACCEPTING: [(&str, Lets); 12] = [
    ("max_request_headers_kb", Lets::PassAbove(60)),
    ("max_headers_count", Lets::PassAbove(100)),
    ("max_header_field_size_kb", Lets::Pass),
    ("accept_http_10", Lets::PassIf(true)),
    ("allow_chunked_length", Lets::PassIf(true)),
    ("allow_custom_methods", Lets::PassIf(true)),
    ("enable_trailers", Lets::PassIf(true)),
    ("header_key_format", Lets::Pass),
    ("allow_connect", Lets::PassIf(true)),
    ("allow_metadata", Lets::PassIf(true)),
    ("upgrade_configs", Lets::Pass),
    ("normalize_path", Lets::PassIf(false)),
];

/// Fields that ask for the peer of a connection, whatever their value; `false` asks for nothing.
const OF_PEERS: [&str; 11] = [
    "authenticated",
    "source_ip",
    "direct_remote_ip",
    "remote_ip",
    "remote_address",
    "masked_remote_address",
    "use_remote_address",
    "source_prefix_ranges",
    "direct_source_prefix_ranges",
    "forward_client_cert_details",
    "local_rate_limit_per_downstream_connection",
];

/// Words in code, formats and types by which a filter asks for the peer: Lua, CEL, Envoy's formats, headers, and
/// checks by another server, which is told of the peer.
const WORDS_OF_PEERS: [&str; 13] = [
    "x-forwarded-client-cert",
    "connection():ssl",
    "downstreamSslConnection",
    "downstreamDirectRemoteAddress",
    "downstreamRemoteAddress",
    "DOWNSTREAM_REMOTE_ADDRESS",
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
    "DOWNSTREAM_PEER_",
    "peer_certificate",
    "peer_principal",
    "source.principal",
    "source.address",
    "ext_authz",
];

/// Logs and traces decide nothing.
const ONLY_TOLD: [&str; 2] = ["access_log", "tracing"];

/// What a patch has of the tables.
#[derive(Default)]
pub struct Settings {
    /// Those by which more passes, with their values.
    pub accepting: Vec<String>,
    /// Fields and words that ask for the peer.
    pub of_peers: Vec<String>,
}

impl Settings {
    /// Reads the value of a patch.
    pub fn of(patch: &Value) -> Self {
        let mut settings = Settings::default();
        settings.look_at(at(patch, &["patch", "value"]).unwrap_or(&Value::Null));
        settings
    }

    fn look_at(&mut self, value: &Value) {
        match value {
            Value::Mapping(fields) => {
                for (key, value) in fields {
                    let key = in_snake_case(key.as_str().unwrap_or_default());
                    if !ONLY_TOLD.contains(&key.as_str()) {
                        self.field(&key, value);
                        self.look_at(value);
                    }
                }
            }
            Value::Sequence(values) => values.iter().for_each(|value| self.look_at(value)),
            Value::String(text) => {
                let words = WORDS_OF_PEERS.iter().filter(|word| text.contains(**word));
                words.for_each(|word| add(&mut self.of_peers, (*word).to_string()));
            }
            _ => {}
        }
    }

    fn field(&mut self, key: &str, value: &Value) {
        let lets = |lets: Lets| match lets {
            Lets::Pass => true,
            Lets::PassAbove(default) => value.as_u64().is_none_or(|value| value > default),
            Lets::PassIf(asked) => value.as_bool() == Some(asked),
        };
        if ACCEPTING.iter().any(|(known, how)| *known == key && lets(*how)) {
            add(&mut self.accepting, if value.is_mapping() || value.is_sequence() { key.into() } else { said(key, value) });
        }
        if OF_PEERS.contains(&key) && value.as_bool() != Some(false) {
            add(&mut self.of_peers, key.to_string());
        }
        // A key can be a header's name too.
        let words = WORDS_OF_PEERS.iter().filter(|word| key.contains(**word));
        words.for_each(|word| add(&mut self.of_peers, (*word).to_string()));
    }
}

fn said(key: &str, value: &Value) -> String {
    format!("{key}: {}", crate::krm::to_yaml(value, 0).trim_end())
}

fn add(found: &mut Vec<String>, one: String) {
    if !found.contains(&one) {
        found.push(one);
    }
}

/// Protobuf's JSON has each field in two spellings.
fn in_snake_case(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_read_by_the_tables() {
        for (patch, accepting, of_peers) in [
            ("{typed_config: {max_request_headers_kb: 96}}", "max_request_headers_kb: 96", ""),
            ("{typedConfig: {maxRequestHeadersKb: 96}}", "max_request_headers_kb: 96", ""),
            ("{typed_config: {max_request_headers_kb: 60, stream_idle_timeout: 5s}}", "", ""),
            ("{typed_config: {common_http_protocol_options: {max_headers_count: 200}}}", "max_headers_count: 200", ""),
            (
                "{typed_config: {http_protocol_options: {accept_http_10: false, enable_trailers: true}}}",
                "enable_trailers: true",
                "",
            ),
            ("{typed_config: {upgrade_configs: [{upgrade_type: CONNECT}]}}", "upgrade_configs", ""),
            ("{typed_config: {use_remote_address: true}}", "", "use_remote_address"),
            ("{typed_config: {use_remote_address: false}}", "", ""),
            ("{typed_config: {inline_code: 'local c = request_handle:connection():ssl()'}}", "", "connection():ssl"),
            ("{name: envoy.filters.http.ext_authz}", "", "ext_authz"),
            ("{typed_config: {access_log: [{format: '%DOWNSTREAM_REMOTE_ADDRESS%'}]}}", "", ""),
            ("{typed_config: {token_bucket: {max_tokens: 4, fill_interval: 60s}, stat_prefix: limits}}", "", ""),
            ("{rate_limits: [{actions: [{remote_address: {}}]}]}", "", "remote_address"),
        ] {
            let mut found = Settings::default();
            found.look_at(&serde_yaml::from_str(patch).unwrap());
            assert_eq!((found.accepting.join(" ").as_str(), found.of_peers.join(" ").as_str()), (accepting, of_peers), "{patch}");
        }
    }
}
