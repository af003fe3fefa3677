//! No network code: neither among the crates, nor among what the program asks of the C library.

use object::{Object, ObjectSymbol};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn of_root(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What `deny.toml` bans: the crates by themselves, and those that may be there behind certain others.
fn banned() -> (BTreeSet<String>, BTreeMap<String, BTreeSet<String>>) {
    let text = of_root("deny.toml");
    let list = text.split_once("\ndeny = [\n").and_then(|(_, rest)| rest.split_once("\n]")).map_or("", |(list, _)| list);
    let quoted = |line: &str| line.split('"').skip(1).step_by(2).map(str::to_string).collect::<Vec<_>>();
    let (behind, always): (Vec<&str>, Vec<&str>) = list.lines().partition(|line| line.trim_start().starts_with('{'));
    let behind = behind.into_iter().filter_map(|line| {
        let mut names = quoted(line).into_iter();
        Some((names.next()?, names.collect()))
    });
    (always.into_iter().flat_map(quoted).collect(), behind.collect())
}

/// The crates that can be built, each with those it asks for.
fn locked() -> BTreeMap<String, BTreeSet<String>> {
    let lock = of_root("Cargo.lock");
    let name = |line: &str| line.trim().trim_matches(['"', ',']).split([' ', '"']).next().unwrap_or_default().to_string();
    let package = |text: &str| {
        let own = text.lines().find_map(|line| line.strip_prefix("name = "))?;
        let asked = text.split_once("dependencies = [\n").map_or("", |(_, rest)| rest);
        Some((name(own), asked.lines().take_while(|line| *line != "]").map(name).collect::<BTreeSet<String>>()))
    };
    let mut crates: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // A crate can be there in several versions.
    lock.split("[[package]]").filter_map(package).for_each(|(name, asked)| crates.entry(name).or_default().extend(asked));
    crates
}

#[test]
fn no_crate_that_deny_toml_bans_is_in_the_program() {
    let (banned, behind) = banned();
    assert!(banned.len() > 25 && banned.contains("reqwest") && banned.contains("socket2"), "the list was not found: {banned:?}");
    assert_eq!(behind.keys().collect::<Vec<_>>(), ["http", "ureq"], "only copydesk-link asks for more");
    let crates = locked();
    assert!(crates["copydesk"].len() > 30 && crates.len() > 100, "the crates were not found");
    let both: Vec<&String> = crates.keys().filter(|name| banned.contains(*name)).collect();
    assert_eq!(both, Vec::<&String>::new(), "these crates open connections");
    for (name, wrappers) in &behind {
        let asking: BTreeSet<String> = crates.iter().filter(|(_, asked)| asked.contains(name)).map(|(by, _)| by.clone()).collect();
        assert!(!asking.is_empty() && asking.is_subset(wrappers), "{asking:?} ask for {name}");
    }
}

/// The library never names it (`architecture.rs`), and without the feature it is not built at all.
#[test]
fn what_speaks_http_is_built_for_the_link_alone() {
    let manifest = of_root("Cargo.toml");
    let asking: Vec<&str> = manifest.lines().filter(|line| line.contains("ureq") && !line.starts_with('#')).collect();
    assert_eq!(asking.len(), 2, "{asking:?}");
    assert_eq!(asking[0], "link = [\"dep:ureq\"]");
    assert!(asking[1].ends_with("default-features = false, optional = true }"), "without encryption, proxies and cookies: {asking:?}");
    let features = manifest.split_once("[features]").and_then(|(_, rest)| rest.split_once("\n[")).map_or("", |(features, _)| features);
    assert!(features.lines().all(|line| !line.contains("\"link\"")), "no other feature switches it on");
}

/// Functions of the C library that reach another computer or ask for its address.
const NETWORK: &[&str] = &[
    "accept",
    "accept4",
    "bind",
    "connect",
    "freeaddrinfo",
    "getaddrinfo",
    "gethostbyaddr",
    "gethostbyname",
    "gethostbyname2",
    "getnameinfo",
    "getpeername",
    "getservbyname",
    "getsockname",
    "inet_pton",
    "listen",
    "rcmd",
    "recvfrom",
    "recvmmsg",
    "res_init",
    "res_query",
    "sendmmsg",
    "sendto",
    "shutdown",
    "socket",
];

/// What the standard library uses to start a process and learn of its end: a pair of sockets between the two, never a connection. The seal
/// refuses the pair too.
const OF_STARTING_A_PROCESS: &[&str] = &["recv", "recvmsg", "send", "sendmsg", "socketpair"];

/// What a program asks of other libraries, without the libraries' versions.
fn imports(program: &Path) -> BTreeSet<String> {
    let bytes = std::fs::read(program).expect("the program");
    let file = object::File::parse(&*bytes).expect("an executable");
    let symbols = file.dynamic_symbols().filter(|symbol| symbol.is_undefined()).filter_map(|symbol| symbol.name().ok().map(str::to_string));
    symbols.collect()
}

#[cfg(target_os = "linux")]
#[test]
fn the_program_asks_the_c_library_for_no_connection() {
    let imports = imports(Path::new(env!("CARGO_BIN_EXE_copydesk")));
    assert!(imports.contains("write") && imports.contains("read"), "the imports were not found: {imports:?}");
    let found: Vec<&str> = NETWORK.iter().copied().filter(|name| imports.contains(*name)).collect();
    assert_eq!(found, Vec::<&str>::new(), "network functions are linked into the program");
    // Those that may be there are named one by one, so that no other of the kind slips in.
    let like_a_socket = imports.iter().filter(|name| name.contains("sock") || name.starts_with("recv") || name.starts_with("send"));
    let unexpected: Vec<&String> =
        like_a_socket.filter(|name| !OF_STARTING_A_PROCESS.contains(&name.as_str()) && !name.starts_with("sendfile")).collect();
    assert_eq!(unexpected, Vec::<&String>::new());
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_with_network_code_would_be_noticed() {
    // This test's own program: the line below links the functions into it.
    let _ = std::net::TcpStream::connect(("127.0.0.1", 1));
    let imports = imports(&std::env::current_exe().expect("this program"));
    assert!(["connect", "getaddrinfo", "socket"].iter().all(|name| imports.contains(*name)), "{imports:?}");
}
