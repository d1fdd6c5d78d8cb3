# The Trust page. What is promised is not here: it comes from the server, which has it from the promises' files.

trust-title = Trust
trust-intro = What this installation promises about data, and whether it keeps it: looked at by the program itself, again and again. What cannot be looked at says so.
trust-to-console = To the console
trust-broken =
    { $count ->
        [one] One promise is not kept at present
       *[other] { $count } promises are not kept at present
    }
trust-broken-note = The operator of this installation has been warned, and its ledger says since when.
trust-promises = Promises
trust-promises-note = Each with its evidence. A change for the worse is written into the ledger.
trust-kind = Kind
trust-check = Live check
trust-check-none = none: tests prove it before each release
trust-checked = Last looked at
trust-since = So since
trust-proved-by = Tests that prove it
trust-enforced-by = Code that enforces it
trust-evidence = Evidence in your ledger:
trust-save-proof = Save the proof
trust-save-proof-of = Save the proof of { $what }
trust-verify-with = Verify it anywhere, without a server
trust-own = Your organisation
trust-own-note = Looked at just now.
trust-own-apart = Apart from others
trust-apart-by-file = in files of its own, and no row of another organisation in them
trust-apart-by-row-level-security = by forced row-level security, and no row of another organisation is seen
trust-own-ledger = Ledger
trust-own-entries =
    { $count ->
        [one] one entry, whole and signed
       *[other] { $count } entries, whole and signed
    }
trust-own-keys = Keys
trust-own-keyring = usable: { $keys }, destroyed: { $destroyed }, epoch { $epoch }
trust-own-epoch = Epoch began
trust-own-newest = Newest entry
trust-host-reads = Read from outside
trust-host-reads-note = When somebody outside of your organisation, who administers the server, read your data. Recorded before anything is read.
trust-host-reads-none = Your ledger tells of no read by anybody outside of your organisation.
trust-breaches = Breaches
trust-breaches-note = Breaches of security that affected your organisation’s data, in the words of whoever runs the server. Each stands in your ledger.
trust-breaches-none = Your ledger tells of no breach.
trust-breach-told = Told
trust-breach-case = Case
trust-breach-known = Known since
trust-breach-reason = Why
trust-breach-entries = Ledger entries
affected-entries = your ledger says so
affected-every-tenant = it affected every organisation on the server
affected-existed = everything on the server was taken
affected-lost = entries of the ledger are lost that could have told
affected-unclear = the ledger was altered, so nobody knows
affected-unreadable = the ledger could not be read, so nobody knows
read-access-log = the access log
read-erasures = erasures
read-ledger = the ledger
read-rights-requests = requests of people about their data
read-index = the index of packages, compared with its rows
trust-stored = What is stored
trust-stored-note = Everything, generated from what the program itself knows of its tables: what for, where, for how long, how it is erased.
trust-version = Contact and version
trust-version-note = A change of anything on this page is announced as a new version.
trust-privacy-contact = Questions about privacy
trust-security-contact = A weakness found
trust-contact-none = nobody is named
trust-version-number = Version
trust-version-of = Version { $number }, { $date }
trust-signature = Signature
trust-key = Key of the installation
trust-changes = What changed

standing-ok = Kept
standing-warning = Needs attention
standing-failed = Not kept
standing-unknown = Unknown
standing-proven-by-tests = Proven by tests

kept-enforced = enforced by the program, always on
kept-policy = a policy of the organisation or the operator, enforced by the program
kept-deployment = a deployment template that is shipped and tested
kept-organisation = a duty of the operator’s organisation

stored-personal = About people
stored-identifying = Names machines or organisations
stored-secret = Opens something
stored-configuration = Random ids, times, numbers and states
stored-public = Public data

store-tenant = in the organisation’s own store
store-identity = in the store of accounts
store-keyring = in the keyring
store-system = in the installation’s store
store-master = in the store of public advisories

retention-with-subject = as long as what it is about exists
retention-transient = until it has served its purpose
retention-instance = as long as the installation exists
retention-days =
    { $days ->
        [one] for one day
       *[other] for { $days } days
    }

erasure-device = erased with the device
erasure-user = erased with the user
erasure-tenant = erased with the organisation
erasure-never = holds nothing of anybody

storage-clear = in clear
storage-keyed-hash = keyed hash
storage-digest = digest
storage-sealed-tenant = sealed under the organisation’s key
storage-sealed-device = sealed under the device’s key
storage-sealed-user = sealed under the user’s key
storage-sealed-subject = sealed under its subject’s key
storage-sealed-instance = sealed under the installation’s key

class-public = public
class-configuration = configuration
class-identifying = identifying
class-personal = personal
class-secret = secret

retained-title = How long your data are kept
retained-note = What will be deleted is shown here a day before, and nothing goes before its days are over. The ledger tells of it.
retained-rows =
    { $count ->
        [one] one row
       *[other] { $rows } rows
    }
retained-oldest = the oldest of
retained-going =
    { $count ->
        [one] One row will be deleted:
       *[other] { $rows } rows will be deleted:
    }
retained-next = The first goes after
retained-nothing = Nothing is deleted next.
retained-days = Days
retained-bounds = { $min } to { $max }
retained-choose = Choose
retained-chosen = Chosen. What will be deleted by it is shown a day before.
retained-lasting = Tables that do not end by time: { $count }

shared = Who else gets data
shared-note = Whoever processes data for the operator. A new entry is announced to every organisation before it takes effect.
shared-nobody = Nobody: this installation gives data to no one else, and the program sends them nowhere without an entry here.
shared-classes = Kinds of data
shared-people = People who reach them
shared-locations = Where
shared-compliance = Held to
shared-effective = In effect since
shared-ended = Ended
shared-not-yet = not yet: not every organisation has been told
register-announced = announced
register-effective = in effect
register-superseded = superseded
register-ended = ended

policy-title = Changes of how data are treated
policy-note = Whatever changes of what is stored, for how long, or promised, whether by a release or by whoever runs this installation, makes a version. Each organisation is told of it.
policy-version = Version { $number },
policy-told = Every organisation was told by
policy-telling = Organisations are being told.
policy-verify = Verify it anywhere, without a server
