# Settings: the organisation, enrolment and tokens.

settings-title = Settings
settings-tabs = Parts of the settings
settings-organisation = Organisation
settings-enrolment = Enrolment
settings-tokens = Tokens
settings-access = Access
settings-browser = This browser
settings-browser-note = Kept here, for you alone.
settings-name = Name of the organisation
settings-stale = A device is stale after (hours)
settings-stale-note = Without a report for { $time }.
settings-lost = A device is lost after (days)
settings-lost-note = Without a report for { $time }.
settings-lost-after-stale = A device must become stale before it is lost.
settings-saved = The settings are saved.

enrolment-new = Enrol devices
enrolment-new-note = A token lets devices join. Give it a name that tells what it is for.
enrolment-tokens = Enrolment tokens
enrolment-none = There is no enrolment token
enrolment-make = Make an enrolment command
enrolment-command = Commands to run on the device
enrolment-run = Run both in a root shell on each device that is to join; purser-agent must be installed there with its user and its unit. It enrols as its own user, not as root: so its folder stays its own, and the device is recognised later.
enrolment-once =
    { $hours ->
        [one] It works once, within one hour, and is not shown again.
       *[other] It works once, within { $hours } hours, and is not shown again.
    }
enrolment-first-name = First device
uses-max = Devices at most
uses-any = any number
uses-of = { $uses } of { $most } uses
uses-count =
    { $count ->
        [one] used once
       *[other] used { $count } times
    }

token-new = Make a token
token-new-note = For programs. The secret is shown once.
token-name = Name
token-kind = Kind
token-kind-api = API
token-kind-telemetry = Telemetry
token-kind-api-note = Reads and changes what its permissions allow; it can never report as a device.
token-kind-telemetry-note = Reports states and can read nothing at all.
token-permissions = Permissions
token-make = Make the token
token-secret-of = Secret of { $name }
token-revoke = Revoke
token-revoke-of = Revoke { $name }
token-revoke-ask = Revoke { $name }?
token-revoke-detail = Whatever uses it stops working at once. This cannot be undone.
token-revoked = { $name } is revoked.
token-devices = Devices
token-devices-note = Selectors, one a line; empty for all devices.
token-networks = Networks
token-networks-note = From where it works, one a line; empty for everywhere.
token-never-used = never used
token-owner = owner: { $owner }
token-owner-none = no owner
token-owner-none-note = Made on the server’s host, or before tokens had owners. Rotating it makes you its owner.
token-standing-reduced = reduced
token-standing-reduced-note = Its owner may less than when it was made, and so may the token.
token-standing-orphaned = orphaned
token-standing-orphaned-note = Its owner may none of it any more. It opens nothing until somebody else rotates it.
token-standing-expired = expired
token-standing-expired-note = Its time is over. Rotating it gives it another end.
token-certificate = with certificate
token-certificate-note = It works with a client certificate only that was issued for it.
token-shared = shared?
token-shared-note = Used from more than five networks within an hour. Rotate it, or say from where it is used.
token-retiring = The secret before works as well until { $time }.
token-rotate = Rotate
token-rotate-of = Rotate { $name }
token-rotate-note = The token gets another secret, which is shown once, and another end. You become its owner.
token-overlap = The secret before goes on for
token-overlap-0 = not at all (after a leak)
token-overlap-1 = an hour
token-overlap-24 = a day
token-overlap-168 = seven days
tokens-none = There is no token
secret-once = Copy this now: it is not shown again
expires = expires { $date }
expires-after = Expires after
expires-never = does not expire
expired = expired
last-used = last used
days =
    { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
permission-devices-read = read devices
permission-devices-write = change devices
permission-inventory-read = read reports
permission-people-read = see people and their roles
permission-vulnerabilities-read = read vulnerabilities
permission-feeds-read = see feeds
permission-feeds-manage = manage feeds
permission-directory-write = keep accounts and groups as a directory
permission-enrolment-manage = manage enrolment
permission-erasure-manage = erase devices, users and the organisation
permission-settings-manage = change settings
permission-tokens-manage = manage tokens

access-note = From where credentials work. It holds at once, for sessions and tokens that exist too.
access-your-address = You come from { $address }.
access-everybody = every address
access-people = People
access-people-note = Signing in and sessions. One network a line, such as 192.0.2.0/24 or 2001:db8::/48; empty for every address.
access-api = API tokens
access-api-note = Beside the networks of each token itself.
access-agents = Devices
access-agents-note = Agents, telemetry tokens, and joining.
access-token-days = Longest life of an API token (days)
access-token-days-note = For tokens made or rotated from now on.
access-change = Change access
access-change-detail = A list that is not empty shuts out every other address at once, for sessions and tokens that exist too. The way back in is “purser tenant clear-networks” on the server’s host.
access-lock-me-out = Shut me out as well: my own address is not in the list

# Single sign-on.

settings-sign-on = Single sign-on
sign-on-note = People sign in by your organisation’s own provider (OpenID Connect).
providers-none = No provider is set up. Register Purser at your provider as a web application first; it gives out the client id and the secret that are asked for here.
provider-add = Add a provider
provider-saved = { $name } is saved. Check it now.
provider-required = asked of everybody but owners
provider-takes-newcomers = takes newcomers in
provider-sign-in-url = Sign-in link of your people
provider-redirect-uri = Redirect address, to be allowed at the provider
provider-check = Check
provider-check-of = Check { $name }
provider-good = The provider can be used
provider-good-detail = It says what it is, and its keys are there. Whether it takes the client id and the secret shows the first sign-in.
provider-bad = The provider cannot be used
provider-change = Change
provider-change-of = Change { $name }
provider-change-title = Change the provider
provider-remove = Remove
provider-remove-of = Remove { $name }
provider-remove-ask = Remove { $name }?
provider-remove-detail = Its people are signed out and let in by it no more, and what their groups gave is gone. To be let in again they need an invitation.
provider-removed = { $name } is removed.
provider-name = Name
provider-name-note = As your people know it.
provider-issuer = Issuer
provider-issuer-note = Exactly as the provider writes it. It cannot be changed later.
provider-client-id = Client id
provider-client-secret = Client secret
provider-client-secret-note = Empty for a public client. It is not shown again.
provider-client-secret-keep = Empty to keep the one that there is.
provider-scopes = Scopes
provider-scopes-note = What is asked for besides openid; some providers tell groups by one of their own.
provider-newcomers = Take in newcomers
provider-newcomers-note = Whomever the provider lets in gets an account, which sees nothing until a group or somebody gives it a role. Otherwise people are invited.
provider-require = Ask for single sign-on
provider-require-note = Passwords let owners in only. “purser tenant release-sign-on” on the server’s host takes it back.
provider-groups-claim = Claim that tells groups
provider-groups-claim-note = The name under which the provider tells a person’s groups.
provider-groups = Roles of groups
provider-groups-note = Given and taken at each sign-in. A group makes nobody an owner.
provider-group = Group
provider-group-add = Add a group
provider-group-remove = Remove the group { $group }
provider-group-devices = Devices (selector)
fault-offline = This server is set up to fetch nothing from elsewhere. Whoever runs it can name the issuer as one inside.
fault-not-public = The address, or one of the provider’s pages, is inside a private network. Whoever runs this server can name the issuer as one inside.
fault-unreachable = The address cannot be reached. Check how the issuer is written.
fault-certificate = The certificate at the address is not one that this server trusts.
fault-too-slow = The provider took longer than ten seconds.
fault-too-large = The provider’s answer is too large.
fault-redirect = The address sends elsewhere. Give the issuer that it sends to.
fault-status = The provider answered with a failure. Usually the issuer lacks a part of its path.
fault-busy = Too many providers are asked at this moment. Try again in a few seconds.
fault-no-authorities = This server has no list of authorities to trust. Whoever runs it has to give one.
fault-discovery-malformed = There is something at the address, but no provider of OpenID Connect. Check the issuer.
fault-discovery-issuer = The provider names itself otherwise. Give the issuer exactly as it writes it, with or without a slash at its end.
fault-not-https = One of the provider’s pages is not over TLS.
fault-no-code-flow = The provider gives out no codes (response type “code”).
fault-no-pkce = The provider does not take PKCE with S256.
fault-no-known-algorithm = The provider signs with no algorithm that is taken here: RS256, PS256, ES256, ES384, EdDSA or a longer one of these.
fault-no-known-client-authentication = The provider takes a client secret neither in the header nor in the form.
fault-keys = The provider’s keys cannot be read, or none of them is for signatures.

settings-directory = Directory
directory-note = Accounts and groups come and go with your organisation’s directory (SCIM 2.0). It neither sees nor changes owners and people who were invited.
directory-url = Address for the directory
directory-provider = Its people sign in by
directory-provider-note = Whom this provider calls by the directory’s number (externalId) gets into the account that the directory keeps.
directory-provider-none-yet = Add a provider under Single sign-on first: the directory’s people have no password here.
directory-provider-none = nobody yet
directory-provider-save = Save
directory-provider-ask = Change the directory’s provider?
directory-provider-detail = From the next sign-in on this provider opens the accounts that the directory keeps, and no other does. Who signed in already goes on as before.
directory-provider-saved = The directory’s provider is saved.
directory-users = People
directory-users-of = { $count }, of whom { $inactive } may not sign in
directory-groups = Groups
directory-acts = What it did
directory-acts-link = in the ledger
directory-credentials = Credentials
directory-credentials-note = A token that keeps accounts and groups, and opens nothing else. It stops when who made it loses the role: make it as an owner.
directory-credentials-none = None yet. Make one and give it to your directory, as a bearer token.
directory-credential-name = Directory
directory-credential-make = Make a credential
