# Feeds of advisories and the import of their files.

feeds-title = Feeds
feeds-intro = Where the advisories come from. Only named sources over encrypted links are fetched.
feeds-list = Sources
feeds-list-note = Fetched over HTTPS; the digest of every document is kept.
feeds-none = This server knows no feed
feed-state = State
feed-state-never = never fetched
feed-state-ok = up to date
feed-state-failed = failed
feed-state-fetching = fetching…
feed-state-imported = imported by file
feed-records = Records
feed-received = { $received } received
feed-received-of = { $received } of { $expected } received
feed-progress = Progress of { $feed }
feed-last-success = Last success
feed-enabled = Enabled
feed-enabled-of = Fetch { $feed } regularly
feed-offline = Fetching is switched off on this server. Import files.
feed-offline-detail = Its operator started it with --offline: it opens no connection to the outside. Import the files of these sources above.
feed-fetch = Fetch now
feed-fetch-of = Fetch { $feed } now
feed-fetch-begun = Fetching { $feed } has begun.

import-title = Import a file
import-note = For a server without a network, or for a file that you already have.
import-choose = Choose a file
import-hint = Or drop it here: OSV (JSON or YAML), CISA KEV or EPSS, as .json, .jsonl, .csv, .yaml, .zip or .tar, each also .gz or .zst; at most { $size }.
import-sending = Sending { $file } ({ $size })…
import-reading = The server is reading { $file }…
import-progress = Progress of the upload
import-too-large = The file is larger than { $size }.
import-report = Report of the import
import-done = { $file } is imported
import-changed =
    { $count ->
        [one] { $records } record was added or updated.
       *[other] { $records } records were added or updated.
    }
import-nothing-new = Everything in it was already known; nothing changed.
import-read = Records read
import-added = Added
import-updated = Updated
import-unchanged = Unchanged
import-refused = Refused
import-refused-records = Refused records
import-refused-first = The first { $shown } of { $total } refused records are shown.
import-record = Record
import-reason = Why it was refused
