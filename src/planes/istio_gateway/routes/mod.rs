//! The user's VirtualServices and Gateways.

pub(crate) mod gateways;
pub(crate) mod virtual_service;
