//! The identity of the proxies.

use super::object::{Object, metadata};
use crate::changes::Kind;
use crate::interception::Interception;
use k8s_openapi::api::core::v1::ServiceAccount;

/// Its group and kind.
pub const KIND: Kind = Kind { group: "", kind: "ServiceAccount" };

/// A ServiceAccount of the proxies' own: what the target's policies see as the caller.
///
/// No Role: only certificates by `credentialName` would need one (Istio, gateway chart).
pub fn service_account(interception: &Interception) -> Object<'_, ()> {
    Object::of::<ServiceAccount>(metadata(interception, &interception.proxy_name), None)
}
