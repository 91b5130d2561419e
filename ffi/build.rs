//! Gives the shared library its soname: `libsyncline.so.` and the major version that its ABI has.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libsyncline.so.0");
}
