# The frame: navigation, account, sign-in, set-up, and what stands in for content.

nav-label = Places
nav-open = Open the menu
nav-devices = Devices
nav-packages = Packages
nav-vulnerabilities = Vulnerabilities
nav-feeds = Feeds
nav-ledger = Ledger
nav-settings = Settings
nav-trust = Trust
skip-to-content = Skip to the content

account-menu = Account, language and appearance
account-language = Language
account-scheme = Appearance
scheme-auto = As the system
scheme-light = Light
scheme-dark = Dark
sign-out = Sign out

sign-in = Sign in
sign-in-first = Sign in to go on to the page that you asked for.
email = E-mail address
password = Password
password-show = Show or hide the password
totp-code = Code
totp-code-format = six digits

set-up = Set up your account
set-up-intro-setup = You become the owner of { $tenant }. This link works once.
set-up-intro-recovery = Choose a new password and a new second factor for { $tenant }. The old ones stop working. This link works once.
set-up-no-link = There is no link in this address
set-up-no-link-detail = Open the whole one-time link that the server printed. “purser user recover” on the server's host makes a new one.
set-up-account = Your account
set-up-second-factor = Your second factor
set-up-scan = Scan this picture with an authenticator app, or type the secret into it. Then enter the code that the app shows.
set-up-code-picture = Picture of the secret for an authenticator app
set-up-secret = Secret
set-up-finish = Finish and sign in
set-up-done = Your account is ready.
password-hint =
    { $count ->
        [one] At least one character.
       *[other] At least { $count } characters.
    }
password-again = Password, once more
password-mismatch = The two passwords differ.

loading = Loading…
loading-more = Loading more…
try-again = Try again
close = Close
cancel = Cancel
save = Save
copy = Copy
copied = Copied
never = never
no = no
unknown = unknown
filter-any = Any
filter-clear = Clear the filter
document = Document


missing-title = There is no such page
missing-detail = The address may be mistyped, or the thing may be gone.
missing-home = Go to the devices

sign-on = Sign in with your organisation
sign-on-intro = You are sent to your organisation’s own sign-in, and come back signed in.
sign-on-go = Go to the sign-in
sign-on-by-password = Sign in with a password instead
sign-on-link = Your organisation’s sign-in link
sign-on-link-note = Where your organisation has a sign-in of its own. Ask whoever administers Purser there.
sign-on-link-wrong = This is no sign-in link: one ends with idp_ and 13 characters.
sign-on-link-open = Open
sign-on-not-done = You were not signed in
sign-on-not-done-detail = Your organisation’s sign-in was called off, or sent you back without an answer.
sign-on-anew = Begin anew
set-up-by-provider = Sign in as you do in your organisation, or set a password below.
set-up-by-provider-only = Your organisation asks for its own sign-in.
set-up-with = Continue with { $name }
