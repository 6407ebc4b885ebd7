//! A release as `release/build.sh` makes it: without a network, the same bytes twice, complete, and running.
//!
//! The tools are those of `tests/tools/install.sh`. Where one is missing its checks are left out,
//! loudly; with `PROXY_SERVICE_HOSTS=required` that is a failure. What is built stays in the tools' folder.

#[path = "release/archives.rs"]
mod archives;
#[path = "release/bill.rs"]
mod bill;
#[path = "release/build.rs"]
mod build;
#[path = "hosts/command.rs"]
#[allow(dead_code)]
mod command;
#[path = "release/crates.rs"]
mod crates;
#[path = "release/image.rs"]
mod image;
#[path = "hosts/report.rs"]
mod report;
#[path = "release/version.rs"]
mod version;

use command::Tools;
use report::Report;
use std::path::Path;

fn main() {
    let tools = Tools::find();
    let required = std::env::var_os("PROXY_SERVICE_HOSTS").is_some_and(|value| value == "required");
    let mut report = Report::new(required);
    version::run(&mut report);
    if tools.have("cargo-deny") {
        crates::run(&tools, &mut report);
    } else {
        report.left_out("cargo-deny", "licences, bans and sources of the crates");
    }
    if let Some(missing) = ["cargo-cyclonedx", "kustomize", "qemu-aarch64"].into_iter().find(|tool| !tools.have(tool)) {
        report.left_out(missing, "the release");
    } else if let Some(dist) = build::run(&tools, &mut report) {
        archives::run(&tools, &dist, &mut report);
        bill::run(&tools, &dist, &mut report);
        image::run(&dist, &mut report);
    }
    std::process::exit(report.finish());
}

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
