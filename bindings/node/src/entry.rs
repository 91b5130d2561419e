//! Entries, changes, failures and events of transfers. In: core's. Out: plain objects; a path that is not UTF-8 comes as bytes too.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use syncline::wire::file_entry::{FileEntry, FileKind};
use syncline::{Change, Event, Failure, FileProgress, ItemForm, MessageLevel, Progress, TransferProgress};

/// An event, or what it is about; a field that does not belong to its kind is not set.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct EventObject {
    #[napi(js_name = "type")]
    pub event: Option<&'static str>,
    pub path: Option<String>,
    pub path_bytes: Option<Uint8Array>,

    // An entry.
    pub kind: Option<&'static str>,
    pub size: Option<f64>,
    pub mode: Option<u32>,
    /// Milliseconds since 1970, as everywhere in JavaScript.
    pub modified_ms: Option<f64>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub target: Option<String>,
    pub target_bytes: Option<Uint8Array>,

    // A change.
    pub itemized: Option<String>,
    pub is_new: Option<bool>,
    pub transfers_content: Option<bool>,
    pub other_path: Option<String>,
    pub other_path_bytes: Option<Uint8Array>,

    // A deletion.
    pub is_directory: Option<bool>,

    // A message.
    pub level: Option<&'static str>,
    pub text: Option<String>,

    // A failure.
    pub operation: Option<&'static str>,
    pub code: Option<&'static str>,
    pub errno: Option<i32>,
    pub reason: Option<String>,
    pub told: Option<bool>,

    // Progress.
    pub bytes_done: Option<f64>,
    pub bytes_total: Option<f64>,
    pub total_is_final: Option<bool>,
    pub files_done: Option<f64>,
    pub files_total: Option<f64>,
    pub files_transferred: Option<f64>,
    pub transferred_bytes: Option<f64>,
    pub file: Option<FileObject>,
}

/// How far the content of one file has come.
#[napi(object, object_from_js = false)]
pub struct FileObject {
    pub path: String,
    pub path_bytes: Option<Uint8Array>,
    pub position: f64,
    pub bytes_done: f64,
    pub bytes_total: f64,
    pub is_complete: bool,
}

impl EventObject {
    /// `None` for what this module does not know.
    pub(crate) fn of(event: &Event, form: ItemForm) -> Option<EventObject> {
        Some(match event {
            Event::Listed(entry) => EventObject::entry(entry).typed("listed"),
            Event::Changed(change) => EventObject::change(change, form).typed("changed"),
            Event::Deleted { name, directory } => {
                EventObject { is_directory: Some(*directory), ..EventObject::at(name) }.typed("deleted")
            }
            Event::Message { level, text } => EventObject {
                level: Some(match level {
                    MessageLevel::Info => "info",
                    MessageLevel::Warning => "warning",
                    MessageLevel::Error => "error",
                }),
                text: Some(String::from_utf8_lossy(text).trim_end().to_owned()),
                ..EventObject::default()
            }
            .typed("message"),
            Event::Failed(failure) => EventObject::failure(failure).typed("failed"),
            Event::Progress(progress) => EventObject::transfer_progress(progress).typed("progress"),
            _ => return None,
        })
    }

    pub(crate) fn entry(entry: &FileEntry) -> EventObject {
        let (target, target_bytes) = match entry.kind() {
            // Targets do not travel where links are left out.
            FileKind::Symlink if !entry.target().is_empty() => text(entry.target()),
            _ => (None, None),
        };
        EventObject {
            kind: Some(entry.kind().name()),
            size: Some(entry.size as f64),
            mode: Some(entry.mode),
            modified_ms: Some(entry.modified as f64 * 1e3 + f64::from(entry.nanoseconds) / 1e6),
            uid: Some(entry.uid),
            gid: Some(entry.gid),
            target,
            target_bytes,
            ..EventObject::at(&entry.name)
        }
    }

    pub(crate) fn change(change: &Change, form: ItemForm) -> EventObject {
        let (other_path, other_path_bytes) = change.other_name.as_deref().map_or((None, None), text);
        EventObject {
            itemized: Some(change.itemized(form)),
            is_new: Some(change.is_new()),
            transfers_content: Some(change.transfers_content()),
            other_path,
            other_path_bytes,
            ..EventObject::entry(&change.entry)
        }
    }

    pub(crate) fn failure(failure: &Failure) -> EventObject {
        EventObject {
            operation: Some(failure.action),
            code: Some(failure.kind.name()),
            errno: failure.errno.map(|number| -number),
            reason: Some(failure.reason.clone()),
            told: Some(failure.told),
            ..EventObject::at(&failure.name)
        }
    }

    pub(crate) fn transfer_progress(progress: &TransferProgress) -> EventObject {
        EventObject {
            files_done: Some(progress.files_done as f64),
            files_total: Some(progress.files_total as f64),
            files_transferred: Some(progress.files_transferred as f64),
            transferred_bytes: Some(progress.transferred_bytes as f64),
            file: progress.file.as_ref().map(FileObject::of),
            ..EventObject::progress(progress.overall)
        }
    }

    pub(crate) fn progress(progress: Progress) -> EventObject {
        EventObject {
            bytes_done: Some(progress.bytes_done as f64),
            bytes_total: Some(progress.bytes_total as f64),
            total_is_final: Some(progress.total_is_final),
            ..EventObject::default()
        }
    }

    fn at(path: &[u8]) -> EventObject {
        let (path, path_bytes) = text(path);
        EventObject { path, path_bytes, ..EventObject::default() }
    }

    fn typed(self, event: &'static str) -> EventObject {
        EventObject { event: Some(event), ..self }
    }
}

impl FileObject {
    fn of(file: &FileProgress) -> FileObject {
        let (path, path_bytes) = text(&file.name);
        FileObject {
            path: path.unwrap_or_default(),
            path_bytes,
            position: file.position as f64,
            bytes_done: file.bytes_done as f64,
            bytes_total: file.bytes_total as f64,
            is_complete: file.is_complete,
        }
    }
}

/// Bytes as text, and as they are where that loses something.
fn text(bytes: &[u8]) -> (Option<String>, Option<Uint8Array>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (Some(String::from_utf8_lossy(bytes).into_owned()), Some(bytes.into())),
    }
}
