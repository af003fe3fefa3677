//! No network code: neither among the crates, nor among what the program asks of the C library.

use object::{Object, ObjectSymbol};
use std::collections::BTreeSet;
use std::path::Path;

fn of_root(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The words in quotation marks of the list that begins at `start`.
fn quoted_after(text: &str, start: &str) -> BTreeSet<String> {
    let list = text.split_once(start).and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list);
    list.split('"').skip(1).step_by(2).map(str::to_string).collect()
}

/// What asks servers, in a second program that only the feature `link` builds.
const OF_LINK: &str = "ureq";

/// The crates that Cargo.lock leads to from this one, but for one and what only that needs.
fn crates_without(left_out: &str) -> BTreeSet<String> {
    let lock = of_root("Cargo.lock");
    let named = |block: &str| Some(block.split_once("name = \"")?.1.split('"').next()?.to_string());
    // A version behind a name tells two of one crate apart, which does not matter here.
    let needs = |block: &str| {
        quoted_after(block, "dependencies = [").iter().filter_map(|line| Some(line.split(' ').next()?.to_string())).collect::<Vec<_>>()
    };
    let blocks: Vec<(String, Vec<String>)> = lock.split("[[package]]").filter_map(|block| Some((named(block)?, needs(block)))).collect();
    let (mut used, mut left) = (BTreeSet::new(), vec!["copydesk".to_string()]);
    while let Some(name) = left.pop() {
        if name != left_out && used.insert(name.clone()) {
            left.extend(blocks.iter().filter(|(of, _)| *of == name).flat_map(|(_, needs)| needs.clone()));
        }
    }
    used
}

#[test]
fn no_crate_that_deny_toml_bans_is_in_the_program() {
    let banned = quoted_after(&of_root("deny.toml"), "\ndeny = [");
    assert!(banned.len() > 25 && banned.contains("reqwest") && banned.contains("socket2"), "the list was not found: {banned:?}");
    let used = crates_without(OF_LINK);
    assert!(used.contains("copydesk") && used.len() > 100, "the crates were not found");
    let both: Vec<&String> = used.intersection(&banned).collect();
    assert_eq!(both, Vec::<&String>::new(), "these crates open connections");
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
