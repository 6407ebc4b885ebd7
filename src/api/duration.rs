//! Times, as Istio takes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A time: hours, minutes, seconds and milliseconds, such as 1h30m, 5s, 0.5s or 250ms; not zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Duration(#[schemars(regex(pattern = super::duration::DURATION))] pub String);

/// A time, or 0s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DurationOrZero(#[schemars(regex(pattern = super::duration::DURATION_OR_ZERO))] pub String);

/// Seconds from 1s to 32767s, the range of Linux' TCP_KEEPIDLE and TCP_KEEPINTVL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeepaliveSeconds(#[schemars(regex(pattern = super::duration::KEEPALIVE))] pub String);

/// Times as Istio takes them (`ValidateDuration`): at least 1 ms, nothing smaller than 1 ms; below
/// the 292 years that Go's durations hold.
pub const DURATION: &str = r"^(([1-9][0-9]{0,5}h)?([1-9][0-9]{0,5}m)?([1-9][0-9]{0,8}s)?[1-9][0-9]{0,8}ms|([1-9][0-9]{0,5}h)?([1-9][0-9]{0,5}m)?[1-9][0-9]{0,8}s|([1-9][0-9]{0,5}h)?[1-9][0-9]{0,5}m|[1-9][0-9]{0,5}h|[1-9][0-9]{0,8}\.[0-9]{0,2}[1-9]s|0\.[0-9]{0,2}[1-9]s)$";
/// The same, or zero.
pub const DURATION_OR_ZERO: &str = r"^(0s|([1-9][0-9]{0,5}h)?([1-9][0-9]{0,5}m)?([1-9][0-9]{0,8}s)?[1-9][0-9]{0,8}ms|([1-9][0-9]{0,5}h)?([1-9][0-9]{0,5}m)?[1-9][0-9]{0,8}s|([1-9][0-9]{0,5}h)?[1-9][0-9]{0,5}m|[1-9][0-9]{0,5}h|[1-9][0-9]{0,8}\.[0-9]{0,2}[1-9]s|0\.[0-9]{0,2}[1-9]s)$";
/// Whole seconds in the kernel's range.
pub const KEEPALIVE: &str = r"^([1-9][0-9]{0,3}|[12][0-9]{4}|3[01][0-9]{3}|32[0-6][0-9]{2}|327[0-5][0-9]|3276[0-7])s$";
