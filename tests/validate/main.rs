//! `proxy-service validate`: good manifests pass, each fault is found, and every format says so.

mod command;
mod formats;
mod good;
mod mutations;
mod program;
mod scale;
