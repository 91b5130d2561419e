//! Gives the shared library the soname that programs ask for, and leaves it with the C library as its only dependency.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if target("OS") != "linux" {
        return;
    }
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,librsync.so.2");
    // Rust's standard library unwinds by libgcc_s.so.1. The original needs the C library alone, and so do programs that bring it along:
    // a script under the name the linker looks for takes the static unwinder, where the compiler has one.
    if target("ENV") == "gnu" && has_static_unwinder() {
        let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
        fs::write(out.join("libgcc_s.so"), "INPUT(-lgcc_eh -lgcc)\n").expect("OUT_DIR can be written");
        println!("cargo:rustc-link-search=native={}", out.display());
    }
}

/// Whether the C compiler, which links, finds `libgcc_eh.a`: it answers with the bare name if not.
fn has_static_unwinder() -> bool {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let output = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output();
    output.is_ok_and(|output| output.status.success() && output.stdout.contains(&b'/'))
}
