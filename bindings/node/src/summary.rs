//! What a session did. In: core's report. Out: a plain object with JavaScript's names; sizes are numbers.

use napi_derive::napi;
use syncline::wire::stats::DeleteCounts;
use syncline::{ItemForm, KindCounts, Report};

use crate::entry::EventObject;

/// Entries by kind.
#[napi(object, object_from_js = false)]
pub struct Counts {
    pub files: f64,
    pub directories: f64,
    pub symlinks: f64,
    pub devices: f64,
    pub specials: f64,
}

impl From<&KindCounts> for Counts {
    fn from(counts: &KindCounts) -> Counts {
        Counts {
            files: counts.files as f64,
            directories: counts.directories as f64,
            symlinks: counts.symlinks as f64,
            devices: counts.devices as f64,
            specials: counts.specials as f64,
        }
    }
}

impl From<&DeleteCounts> for Counts {
    fn from(counts: &DeleteCounts) -> Counts {
        Counts {
            files: counts.files.into(),
            directories: counts.directories.into(),
            symlinks: counts.symlinks.into(),
            devices: counts.devices.into(),
            specials: counts.specials.into(),
        }
    }
}

/// What a session did.
#[napi(object, object_from_js = false)]
pub struct ReportObject {
    pub listed: Counts,
    pub created: Counts,
    pub deleted: Counts,
    pub files_transferred: f64,
    pub total_size: f64,
    pub transferred_size: f64,
    pub literal_bytes: f64,
    pub matched_bytes: f64,
    pub bytes_sent: f64,
    pub bytes_received: f64,
    pub failures: Vec<EventObject>,
    pub changes: Vec<EventObject>,
    pub exit_status: u32,
}

impl ReportObject {
    /// `form` is that of its changes' item strings.
    pub(crate) fn of(report: &Report, form: ItemForm) -> ReportObject {
        ReportObject {
            listed: (&report.listed).into(),
            created: (&report.created).into(),
            deleted: (&report.deleted).into(),
            files_transferred: report.files_transferred as f64,
            total_size: report.total_size as f64,
            transferred_size: report.transferred_size as f64,
            literal_bytes: report.literal_bytes as f64,
            matched_bytes: report.matched_bytes as f64,
            bytes_sent: report.bytes_sent as f64,
            bytes_received: report.bytes_received as f64,
            failures: report.failures.iter().map(EventObject::failure).collect(),
            changes: report.changes.iter().map(|change| EventObject::change(change, form)).collect(),
            exit_status: report.exit_status.into(),
        }
    }
}
