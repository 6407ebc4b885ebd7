//! What becomes of a build: one list of [`Change`]s, the user's objects and generated ones alike.
//!
//! Knows where an object stands, what it is to a cutover ([`Role`], [`Step`]) and who owns it. Delivery (Argo CD's
//! waves, Flux's folders) and the edits of the input derive from that. How objects are made, this folder never knows.

mod change;
mod list;
mod planned;
mod settle;

pub use change::{Change, Claim, Object, Owner, Place, Role, Step};
pub use list::Changes;
pub use planned::{Kind, Make, Planned};
pub use settle::settle;
