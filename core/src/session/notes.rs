//! What the generator is told by the receiver and by the reader thread: small items on an unbounded channel
//! (`channel.rs` says why).

use std::sync::Arc;

use crate::session::file_list::FileList;
use crate::wire::mux::Message;

/// One thing to know.
pub(crate) enum Note {
    /// A file list is complete.
    List(Arc<FileList>),
    /// There are no more file lists.
    ListsEnd,
    /// The files with these indexes are in place.
    Finished(Vec<i32>),
    /// The file with this index did not arrive and will not be asked for again.
    Failed(i32),
    /// The other end refuses to send the file with this index.
    Refused(i32),
    /// The file with this index arrived damaged: ask again.
    Again(i32),
    /// The sender has ended a phase.
    PhaseEnd,
    /// The sender has answered the end of the deletions.
    LastReply,
    /// The receiver has read all there is: nothing that is still waited for will come.
    ReceiverEnd,
    /// For the sender: the file with this index is in place at the other end, in a local copy as this file of a file system.
    Arrived(i32, Option<(u64, u64)>),
    /// To be sent to the other end.
    Message(Message),
}
