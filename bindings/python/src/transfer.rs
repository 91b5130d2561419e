//! Transfers and their other end. In: endpoints, options by name, a stream's descriptors, callables. Out: reports and events as plain tuples.
//!
//! The session runs without the interpreter's lock. This thread takes it again for events and progress, and at least every 100 ms to look at signals.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use syncline::options::Options;
use syncline::session::Password;
use syncline::transport::Connection;
use syncline::{DaemonAccess, Endpoint, Event, ItemForm, Observer, ServePolicy, Transfer};

use crate::error::{Raised, exception, settle, to_python};
use crate::events::{self, EntryFields, ReportFields};
use crate::stream::Stream;
use crate::watch::CancelToken;

/// Time between two looks at Python's signals while events keep this thread busy.
const PACE: Duration = Duration::from_millis(25);

/// Options by their long names in the order they are set, each with its value if it takes one.
type Settings = Vec<(String, Option<OsString>)>;
/// A source or destination: its text, and whether a colon in it can make it remote.
type Place = (OsString, bool);
/// A report, the entries of a list, and the exception that the report amounts to.
type Outcome = (ReportFields, Vec<EntryFields>, Option<Py<PyAny>>);

/// A location; one that is text may leave out the host that `first` is on.
fn endpoint((text, is_parsed): Place, first: Option<&Endpoint>) -> syncline::Result<Endpoint> {
    if is_parsed { Endpoint::parse_beside(&text, first) } else { Ok(Endpoint::local(text)) }
}

/// A transfer that has not started; `direction` is `pull`, `push`, or anything else for whichever it is.
fn described(
    direction: &str,
    sources: Vec<Place>,
    destination: Option<Place>,
    settings: Settings,
) -> syncline::Result<Transfer> {
    let mut places: Vec<Endpoint> = Vec::with_capacity(sources.len());
    for source in sources {
        let place = endpoint(source, places.first())?;
        places.push(place);
    }
    let mut options = Options::new();
    for (name, value) in settings {
        options.set(&name, value.as_deref())?;
    }
    let transfer = match destination {
        None => Transfer::list(places),
        Some(destination) => {
            let destination = endpoint(destination, None)?;
            match direction {
                "pull" => Transfer::pull(places, destination)?,
                "push" => Transfer::push(places, destination)?,
                _ => Transfer::new(places, destination),
            }
        }
    };
    Ok(transfer.options(options))
}

/// Runs a transfer, or a list where there is no destination.
#[pyfunction]
#[pyo3(signature = (direction, sources, destination, options, stream, password, prompts, umask, observer, progress, cancel))]
#[expect(clippy::too_many_arguments, reason = "the keyword arguments of one Python call")]
pub(crate) fn transfer(
    py: Python<'_>,
    direction: &str,
    sources: Vec<Place>,
    destination: Option<Place>,
    options: Settings,
    stream: Option<Stream>,
    password: Option<OsString>,
    prompts: bool,
    umask: u32,
    observer: Option<Py<PyAny>>,
    progress: Option<Py<PyAny>>,
    cancel: Option<Py<CancelToken>>,
) -> PyResult<Outcome> {
    let mut transfer = to_python(py, described(direction, sources, destination, options))?.umask(umask);
    if !prompts {
        transfer = transfer.forbid_prompts();
    }
    if let Some(password) = password {
        let password = Password::Known(password.into_vec());
        transfer = transfer.daemon(DaemonAccess { password, ..DaemonAccess::default() });
    }
    if let Some(stream) = stream {
        transfer = transfer.over(to_python(py, stream.adopt())?);
    }
    let cancel = cancel.map(|token| token.get().core()).unwrap_or_default();
    let mut watcher = Watcher::new(transfer.item_form(), observer, progress);
    let transfer = transfer.cancel(cancel);
    let result = py.detach(|| transfer.run(&mut watcher));
    outcome(py, watcher, result)
}

/// The arguments of the server that a transfer over a stream has at the other end.
#[pyfunction]
pub(crate) fn server_arguments(
    py: Python<'_>,
    sources: Vec<Place>,
    destination: Option<Place>,
    options: Settings,
) -> PyResult<Vec<OsString>> {
    let arguments =
        described("sync", sources, destination, options).and_then(|transfer| transfer.server_arguments());
    to_python(py, arguments)
}

/// Serves one session.
#[pyfunction]
#[pyo3(signature = (stream, arguments, root, read, write, delete, umask, observer, progress, cancel))]
#[expect(clippy::too_many_arguments, reason = "the keyword arguments of one Python call")]
pub(crate) fn serve(
    py: Python<'_>,
    stream: Stream,
    arguments: Vec<OsString>,
    root: Option<PathBuf>,
    read: bool,
    write: bool,
    delete: bool,
    umask: u32,
    observer: Option<Py<PyAny>>,
    progress: Option<Py<PyAny>>,
    cancel: Option<Py<CancelToken>>,
) -> PyResult<Outcome> {
    let connection: Connection = to_python(py, stream.adopt())?;
    let policy = ServePolicy { root, read, write, delete, umask, cvs_ignore: Vec::new() };
    let cancel = cancel.map(|token| token.get().core()).unwrap_or_default();
    let mut watcher = Watcher::new(ItemForm { outward: false, times: true }, observer, progress);
    let result = py.detach(|| syncline::serve(connection, &arguments, &policy, &cancel, &mut watcher));
    outcome(py, watcher, result)
}

fn outcome(
    py: Python<'_>,
    watcher: Watcher,
    result: syncline::Result<syncline::Report>,
) -> PyResult<Outcome> {
    let report = settle(py, &watcher.raised, result)?;
    let left_out = report.error().map(|error| exception(py, &error).into_value(py).into_any());
    Ok((events::report(report, watcher.form), watcher.listed, left_out))
}

/// What a session tells, on its way to the caller's callables.
struct Watcher {
    form: ItemForm,
    /// Called with a pair: the name of an event, and its fields.
    observer: Option<Py<PyAny>>,
    /// Called with the fields of `syncline.TransferProgress`.
    progress: Option<Py<PyAny>>,
    listed: Vec<EntryFields>,
    looked: Instant,
    raised: Raised,
    /// Whether something was raised: nothing is called any more.
    is_over: bool,
}

impl Watcher {
    fn new(form: ItemForm, observer: Option<Py<PyAny>>, progress: Option<Py<PyAny>>) -> Watcher {
        let (listed, raised) = (Vec::new(), Raised::default());
        Watcher { form, observer, progress, listed, looked: Instant::now(), raised, is_over: false }
    }

    /// Takes the lock for `call`, and looks at signals. What is raised ends the session.
    fn with_python(&mut self, call: impl FnOnce(Python<'_>, &Watcher) -> PyResult<()>) -> ControlFlow<()> {
        if self.is_over {
            return ControlFlow::Break(());
        }
        let done = Python::attach(|py| {
            if self.looked.elapsed() >= PACE {
                py.check_signals()?;
            }
            call(py, self)
        });
        if self.looked.elapsed() >= PACE {
            self.looked = Instant::now();
        }
        match done {
            Ok(()) => ControlFlow::Continue(()),
            Err(exception) => {
                self.raised.keep(exception);
                self.is_over = true;
                ControlFlow::Break(())
            }
        }
    }
}

impl Observer for Watcher {
    fn event(&mut self, event: &Event) -> ControlFlow<()> {
        match event {
            Event::Listed(entry) => {
                self.listed.push(events::entry(entry));
                if self.observer.is_none() {
                    return ControlFlow::Continue(());
                }
            }
            Event::Progress(_) if self.progress.is_none() && self.observer.is_none() => {
                return ControlFlow::Continue(());
            }
            _ => {}
        }
        self.with_python(|py, watcher| watcher.tell(py, event))
    }

    fn tick(&mut self) -> ControlFlow<()> {
        self.with_python(|py, _| py.check_signals())
    }
}

impl Watcher {
    fn tell(&self, py: Python<'_>, event: &Event) -> PyResult<()> {
        if let (Event::Progress(seen), Some(progress)) = (event, &self.progress) {
            progress.call1(py, (events::progress(seen),))?;
        }
        match (&self.observer, events::event(event, self.form)) {
            (Some(observer), Some(event)) => observer.call1(py, (event,)).map(drop),
            _ => Ok(()),
        }
    }
}
