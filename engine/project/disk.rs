//! What the file system says of one file, and the one way in which a file of the author's is opened.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// A file that takes more than this many bytes but no block on the disk is a placeholder of a synchronising program.
/// Smaller files may live inside the folder's own records, without a block.
#[cfg(unix)]
const PLACEHOLDER_ABOVE_BYTES: u64 = 4096;

/// What the file system says of one file. When all of it is as before, the content is taken to be as before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FileStat {
    /// Number of the device; 0 where the system has none.
    pub dev: u64,
    /// Number of the file on its device; 0 where the system has none.
    pub ino: u64,
    pub size_bytes: u64,
    /// Time of the last change of content, in nanoseconds since 1970; may be negative, may be wrong, is only compared.
    pub mtime_ns: i64,
    /// Time of the last change of content or name, in nanoseconds since 1970; 0 where the system has none.
    pub ctime_ns: i64,
    /// Whether only its name seems to be here. A download may bring the words and leave size and times as they were.
    pub is_placeholder: bool,
}

impl FileStat {
    /// The stat of a file from its metadata.
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> FileStat {
        use std::os::unix::fs::MetadataExt;
        let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        FileStat {
            dev: metadata.dev(),
            ino: metadata.ino(),
            size_bytes: metadata.len(),
            mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            is_placeholder: looks_like_placeholder(metadata),
        }
    }

    /// The stat of a file from its metadata.
    #[cfg(not(unix))]
    pub fn of(metadata: &Metadata) -> FileStat {
        let since_1970 = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let mtime_ns = since_1970.map_or(0, |duration| duration.as_nanos().min(i64::MAX as u128) as i64);
        FileStat { size_bytes: metadata.len(), mtime_ns, is_placeholder: looks_like_placeholder(metadata), ..FileStat::default() }
    }
}

/// Opens a file for reading only: never through a symbolic link, never waiting for the other end of a pipe.
///
/// # Errors
/// What the system says; a symbolic link is an error too.
#[cfg(unix)]
pub fn open_read_only(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

/// Opens a file for reading only: never through a symbolic link.
///
/// # Errors
/// What the system says; a symbolic link is an error too.
#[cfg(not(unix))]
pub fn open_read_only(path: &Path) -> io::Result<File> {
    if std::fs::symlink_metadata(path)?.file_type().is_symlink() {
        return Err(io::Error::other("it is a symbolic link"));
    }
    OpenOptions::new().read(true).open(path)
}

/// Whether only the name of an open file is here and its words are still with a synchronising program: reading it would wait for a download.
pub fn is_placeholder(file: &File, metadata: &Metadata) -> bool {
    looks_like_placeholder(metadata) && blocks_are_told(file)
}

/// Whether a file takes no room although it has a length, or says itself that its words are elsewhere.
fn looks_like_placeholder(metadata: &Metadata) -> bool {
    #[cfg(target_os = "macos")]
    {
        use std::os::macos::fs::MetadataExt;
        /// SF_DATALESS: what iCloud and the other cloud drives of macOS set on a file that is not downloaded.
        const DATALESS: u32 = 0x4000_0000;
        if metadata.st_flags() & DATALESS != 0 {
            return true;
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        metadata.blocks() == 0 && metadata.len() > PLACEHOLDER_ABOVE_BYTES
    }
    #[cfg(windows)]
    {
        use std::os::windows::fs::MetadataExt;
        /// FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS, FILE_ATTRIBUTE_RECALL_ON_OPEN and FILE_ATTRIBUTE_OFFLINE.
        const ELSEWHERE: u32 = 0x0040_0000 | 0x0004_0000 | 0x0000_1000;
        metadata.file_attributes() & ELSEWHERE != 0
    }
    #[cfg(not(any(unix, windows)))]
    {
        let _ = metadata;
        false
    }
}

/// Whether the file system says how much room a file takes. Some that lie on another computer or in another program say 0 of every file
/// (sshfs does); to take all of them for placeholders would leave a whole book unread.
#[cfg(target_os = "linux")]
fn blocks_are_told(file: &File) -> bool {
    rustix::fs::fstatfs(file).is_ok_and(|system| network_name(system.f_type as u32).is_none())
}

#[cfg(not(target_os = "linux"))]
fn blocks_are_told(_file: &File) -> bool {
    true
}

/// How many names the file has; 1 where the system does not say.
pub fn names_of(metadata: &Metadata) -> u64 {
    #[cfg(unix)]
    {
        std::os::unix::fs::MetadataExt::nlink(metadata)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        1
    }
}

/// The kind of network or guest file system a folder lies on, as `NFS`: there changes raise no events and locks may not hold.
/// Nothing for a local disk, and on systems that are not asked.
#[cfg(target_os = "linux")]
pub fn network_kind(folder: &Path) -> Option<&'static str> {
    network_name(rustix::fs::statfs(folder).ok()?.f_type as u32)
}

/// The numbers are those of statfs(2), and for guests those of their makers' drivers.
#[cfg(target_os = "linux")]
fn network_name(number: u32) -> Option<&'static str> {
    match number {
        0x6969 => Some("NFS"),
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => Some("SMB"),
        0x6573_5546 => Some("FUSE"),
        0x0102_1997 => Some("9P"),
        0x5346_414f | 0x6b41_4653 => Some("AFS"),
        0x00c3_6400 => Some("Ceph"),
        0x7375_7245 => Some("Coda"),
        0x786f_4256 => Some("VirtualBox"),
        0xbacb_acbc => Some("VMware"),
        0x5346_4846 => Some("WSL"),
        _ => None,
    }
}

/// Nothing: this system is not asked. The regular scan of the folder sees changes there too.
#[cfg(not(target_os = "linux"))]
pub fn network_kind(_folder: &Path) -> Option<&'static str> {
    None
}

/// Why a file could not be opened or written, in plain words, and what to do about it.
pub fn plain_words(error: &io::Error) -> (String, Option<&'static str>) {
    use io::ErrorKind;
    let (words, advice) = match error.kind() {
        ErrorKind::PermissionDenied => {
            ("this account may not open it", Some("allow it: `chmod u+rw` on the file, `chmod u+rwx` on a folder"))
        }
        ErrorKind::NotFound => ("it is no longer there", None),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ("the disk is full", Some("free some space and run again")),
        ErrorKind::ReadOnlyFilesystem => ("the disk can only be read", Some("mount it for writing, or unlock the card")),
        ErrorKind::NotADirectory => ("part of its path is a file, not a folder", None),
        ErrorKind::InvalidFilename => ("its name is too long or not allowed on this disk", Some("give it a shorter, plainer name")),
        ErrorKind::ResourceBusy | ErrorKind::WouldBlock => ("another program holds it", Some("close it there and run again")),
        _ if is_link_refused(error) => ("it is a symbolic link, and links are not followed", Some("put the file itself here")),
        _ if is_of_the_disk(error) => ("the disk failed", Some("run again; if this happens twice, check the disk")),
        _ => {
            let said = error.to_string();
            // The number is for people who look numbers up.
            return (format!("the system says: {}", said.split(" (os error").next().unwrap_or(&said)), None);
        }
    };
    (words.to_string(), advice)
}

#[cfg(unix)]
fn is_of_the_disk(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
}

#[cfg(not(unix))]
fn is_of_the_disk(_error: &io::Error) -> bool {
    false
}

#[cfg(unix)]
fn is_link_refused(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_link_refused(_error: &io::Error) -> bool {
    false
}

#[cfg(test)]
pub mod testing {
    //! The whole of a folder as bytes, times and modes, to prove that nothing in it changed.

    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    /// Everything under a folder: path → bytes, modification time, mode.
    pub fn tree(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime, u32)> {
        let mut all = BTreeMap::new();
        let mut folders = vec![folder.to_path_buf()];
        while let Some(current) = folders.pop() {
            for entry in std::fs::read_dir(&current).unwrap() {
                let path = entry.unwrap().path();
                let metadata = std::fs::symlink_metadata(&path).unwrap();
                let bytes = if metadata.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
                #[cfg(unix)]
                let mode = std::os::unix::fs::MetadataExt::mode(&metadata);
                #[cfg(not(unix))]
                let mode = u32::from(metadata.permissions().readonly());
                all.insert(path.clone(), (bytes, metadata.modified().unwrap(), mode));
                if metadata.is_dir() {
                    folders.push(path);
                }
            }
        }
        all
    }

    /// Writes a file and the folders above it.
    pub fn put(folder: &Path, path: &str, bytes: impl AsRef<[u8]>) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_in_plain_words() {
        let said = |kind: io::ErrorKind| plain_words(&io::Error::from(kind));
        assert_eq!(said(io::ErrorKind::PermissionDenied).0, "this account may not open it");
        assert!(said(io::ErrorKind::PermissionDenied).1.unwrap().contains("chmod"));
        assert_eq!(said(io::ErrorKind::StorageFull).0, "the disk is full");
        assert_eq!(said(io::ErrorKind::ReadOnlyFilesystem).0, "the disk can only be read");
        #[cfg(unix)]
        for (number, words) in [(rustix::io::Errno::IO, "the disk failed"), (rustix::io::Errno::NODEV, "the system says: No such device")] {
            assert_eq!(plain_words(&io::Error::from_raw_os_error(number.raw_os_error())).0, words);
        }
    }

    #[test]
    fn a_local_folder_is_not_on_a_network() {
        assert_eq!(network_kind(tempfile::tempdir().unwrap().path()), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn network_disks_are_known_by_their_numbers() {
        let names = [0x6969, 0xfe53_4d42, 0x6573_5546, 0x0102_1997].map(network_name);
        assert_eq!(names, [Some("NFS"), Some("SMB"), Some("FUSE"), Some("9P")]);
        // ext4, btrfs, XFS, tmpfs, overlay, FAT.
        assert_eq!([0xef53, 0x9123_683e, 0x5846_5342, 0x0102_1994, 0x794c_7630, 0x4d44].map(network_name), [None; 6]);
    }

    #[test]
    #[cfg(unix)]
    fn a_file_with_a_length_and_no_words_is_a_placeholder_and_its_download_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ch.md");
        File::create(&path).unwrap().set_len(10_000).unwrap();
        let file = File::open(&path).unwrap();
        assert!(is_placeholder(&file, &file.metadata().unwrap()) && FileStat::of(&file.metadata().unwrap()).is_placeholder);
        std::fs::write(&path, "Word. ".repeat(2_000)).unwrap();
        File::open(&path).unwrap().sync_all().unwrap();
        assert!(!is_placeholder(&file, &file.metadata().unwrap()) && !FileStat::of(&file.metadata().unwrap()).is_placeholder);
    }
}
