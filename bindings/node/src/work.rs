//! Work off the main thread. In: a closure. Out: a promise of what it returns, or of a [`Failure`]; it never rejects.
//!
//! Whole pieces of work have a thread of their own: they may take minutes, in which they would keep a place of libuv's pool from Node's own work,
//! and a process or worker thread from ending. Steps of streams, which take milliseconds, go to the pool.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Either, Object, ToNapiValue, TypeName};
use napi::{Env, Task};
use syncline::{Error, ErrorKind, Result};

use crate::control::Shared;
use crate::failure::Failure;

/// Runs `work` under `control`, on a thread of its own.
pub(crate) fn spawn<'env, T>(
    env: &'env Env,
    control: Arc<Shared>,
    work: impl FnOnce(&Shared) -> Result<T> + Send + 'static,
) -> napi::Result<Object<'env>>
where
    T: Send + ToNapiValue + 'static,
{
    spawn_session::<T, Error>(env, control, work)
}

/// The same for work whose failure says more than an [`Error`].
pub(crate) fn spawn_session<'env, T, E>(
    env: &'env Env,
    control: Arc<Shared>,
    work: impl FnOnce(&Shared) -> Result<T, E> + Send + 'static,
) -> napi::Result<Object<'env>>
where
    T: Send + ToNapiValue + 'static,
    E: Into<Failure> + From<Error> + Send + 'static,
{
    let (deferred, promise) = env.create_deferred()?;
    let unstarted = deferred.clone();
    control.set_running(true);
    let shared = Arc::clone(&control);
    let thread = std::thread::Builder::new().name("syncline".to_owned()).spawn(move || {
        let outcome = caught(|| work(&shared));
        shared.set_running(false);
        deferred.resolve(settle(outcome));
    });
    if let Err(error) = thread {
        control.set_running(false);
        unstarted.resolve(settle(Err(E::from(Error::stream("start a thread", error)))));
    }
    Ok(promise)
}

/// What a promise is settled with, on the thread of JavaScript.
type Settle<T> = Box<dyn FnOnce(Env) -> napi::Result<Either<T, Failure>>>;

fn settle<T: 'static, E: Into<Failure> + 'static>(outcome: Result<T, E>) -> Settle<T> {
    Box::new(|_| Ok(either(outcome)))
}

fn either<T, E: Into<Failure>>(outcome: Result<T, E>) -> Either<T, Failure> {
    match outcome {
        Ok(value) => Either::A(value),
        Err(error) => Either::B(error.into()),
    }
}

/// A panic must not reach threads whose frames it can't unwind, nor leave a promise unsettled.
fn caught<T, E: From<Error>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Internal, "a defect in syncline: please report it").into())
    })
}

/// A promise from the pool.
pub type Promised<T> = AsyncTask<Work<T>>;

/// A closure that waits for a thread of the pool.
pub struct Work<T>(Option<Box<dyn FnOnce() -> Result<T> + Send>>);

/// Runs `work` on libuv's pool.
pub(crate) fn queue<T>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Promised<T>
where
    T: Send + ToNapiValue + TypeName + 'static,
{
    AsyncTask::new(Work(Some(Box::new(work))))
}

impl<T: Send + ToNapiValue + TypeName + 'static> Task for Work<T> {
    type Output = Result<T>;
    type JsValue = Either<T, Failure>;

    fn compute(&mut self) -> napi::Result<Result<T>> {
        Ok(caught(self.0.take().expect("a task is run once")))
    }

    fn resolve(&mut self, _: Env, outcome: Result<T>) -> napi::Result<Either<T, Failure>> {
        Ok(either(outcome))
    }
}
