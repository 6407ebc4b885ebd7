//! What becomes of a build: one list of [`Change`]s, the user's objects and generated ones alike.
//!
//! Knows where an object stands, what it is to a cutover ([`Role`], [`Step`]) and who owns it. Delivery (Argo CD's
//! waves, Flux's folders) and the edits of the input derive from that. How objects are made, this folder never knows.

mod change;
mod left_over;
mod list;
mod planned;
mod settle;
mod taken;

pub use change::{Change, Claim, Object, Owner, Place, Role, Step, annotations_mut};
pub use left_over::remove_left_over;
pub use list::Changes;
pub use planned::{Kind, Planned};
pub use settle::settle;
pub use taken::refuse_taken;
