#include "tools/easelctl/command_line.hpp"

namespace easel::easelctl {
namespace {

constexpr std::string_view usage_text = R"(usage: easelctl [--config FILE] [--json] COMMAND

  migrate                                          bring the database's schema up to this program's
  account create --tier free|paid [--gift N] [--reason TEXT]
  account show ACCOUNT
  account tier ACCOUNT free|paid --reason TEXT     switch the tier
  account lift ACCOUNT --reason TEXT               end a cool-down or suspension
  account erase ACCOUNT --clause RIGHT-3|CHILD-1 --reason TEXT
                                                   delete it and all that is its own; prints the receipt
  account objections ACCOUNT                       when its processing was restricted, and why
  account gift ACCOUNT N [--days N] [--reason TEXT]
  key create ACCOUNT --name TEXT [--monthly-cap N]
                                                   prints the key, once
  key list ACCOUNT
  key revoke ACCOUNT KEY
  db check                                         can it be reached, and is its schema ours
  ledger check                                     count what must be zero
  retention show                                   the latest round of deleting, and whether it has stopped
  retention confirm-clock --reason TEXT            the database's clock is right: let deleting go on
  keys status                                      which master key is in force, and what others still wrap
  keys rotate [--batch N]                          wrap every content key by the new master key; goes on when given again
  erasures verify                                  is the journal of erasures as it was written, and what is in it
  erasures begin                                   an empty journal, where there never was one
  policy audit [--report FILE]                     is each clause of the privacy policy kept, and what shows it;
                                                   FILE gets a report, signed if a key is configured
  policy verify FILE --key PUBLIC.pem              does the signature of a report hold
  privacy-request record --kind KIND --received DATE [--account ACCOUNT] [--reference TEXT]
                                                   note a request that came by mail; prints until when to answer
  privacy-request list [--all]                     what is open and how many days are left; with --all, closed ones too
  privacy-request assign ID --account ACCOUNT      which account it is about, where none was named
  privacy-request extend ID                        two further months, once, within the first one; tell the person
  privacy-request fulfil ID                        erase or restrict the account as asked, and close the request
  privacy-request close ID --outcome done|refused|withdrawn
  billing check                                    compare what is for sale with Stripe; what to set there

Copies of the database, in the directory that the configuration names; each is removed when it expires:
  backup create                                    prints its id
  backup list                                      those that are registered, those that are there, files missing
  backup verify BACKUP                             sizes, hashes, and what the dumps hold
  backup restore BACKUP --into DATABASE_URL        into an empty database; what has expired since goes, all is verified
  backup reap                                      remove what has expired; `create` and the server do it too

Those who run the service, and sign in at the operator's listener; passwords are asked for, or read from a pipe:
  operator add NAME --role viewer|operator|admin [--totp]
  operator list
  operator role NAME viewer|operator|admin         ends their sessions
  operator password NAME                           sets it anew, ends their sessions, lifts a lock
  operator disable NAME                            for good

A look at the running server, through its operator's listener:
  top [--sort ORDER] [--type TYPE] [--once]        actors by type and those with the most, live
  top --at WHEN                                    the types as they were, and what happened until then
  tree [--sort ORDER]                              the supervision tree
  actor NUMBER                                     one actor: its state, latest messages, children
  upstreams                                        each credential: breaker, window, calls, latency, failures
  queues                                           what waits where
  generations [--ended]                            in work, or ended since yesterday
  generation ID                                    one generation's timeline
  graveyard [--type TYPE]                          actors that have ended, and why
  log [--level debug|info|warning|error] [--find TEXT] [--limit N]
                                                   the newest lines of the server's log, at most N (default: 200)
  sessions [--sort ORDER]                          how many by tier, and those with the most
  ledger show                                      balance of the books, holds by age, entries by kind
  billing show                                     the inbox, what is parked, the reconciler's sweeps
  policy show                                      each clause's latest proof; deletions due and done
  nodes                                            who lives, who does what is done once, this process
  config show                                      the configuration in force, without its secrets
  audit                                            what operators did, the latest first
  lints                                            what is looked for all the time, and what is found
  trace generation ID [--for SPAN] [--limit N]     each message as it is handled, until N of them or SPAN is over
  trace type TYPE [--for SPAN] [--limit N]         the same of all actors of a type
  trace actor NUMBER [--for SPAN] [--limit N]      the same of one
  trace account ACCOUNT --reason TEXT [--for SPAN] [--limit N]
                                                   the same of an account's session and generations

What an operator does to the running server, through the same listener. It prints what it would touch; with a reason and
a yes it is done, and recorded:
  act suspend_account|lift_account|end_sessions account=ACCOUNT [--reason TEXT] [--yes]
  act pause_upstream|drain_upstream|open_breaker to=UPSTREAM label=LABEL [minutes=N] [--reason TEXT] [--yes]
  act resume_upstream|reset_breaker to=UPSTREAM label=LABEL [--reason TEXT] [--yes]
  act change_weight to=UPSTREAM label=LABEL weight=N [--reason TEXT] [--yes]
  act restart_actor|kill_actor actor=NUMBER [--reason TEXT] [--yes]
  act cancel_generation generation=ID [--reason TEXT] [--yes]
  act reveal_prompt generation=ID [seconds=N] [--reason TEXT] [--yes]
  act record_privacy_request kind=KIND received=DATE [account=ACCOUNT] [reference=TEXT] [--reason TEXT] [--yes]
  act drain_node [minutes=N] [--reason TEXT] [--yes]
  act resume_node|run_retention|run_reconcile [--reason TEXT] [--yes]
  act set_log_level level=debug|info|warning|error [minutes=N] [--reason TEXT] [--yes]

  completion bash                                  completes what is typed: source <(easelctl completion bash)

  KIND            access, correction, erasure, child, restriction, objection or complaint
  DATE            a day such as 2026-11-26, in UTC
  --reference     the number of the mail or ticket: letters, digits, . _ / -
  --sort ORDER    mailbox, rate, busy, age, handled, failures or stalled
  WHEN            a while ago such as -5m, -90s or -2h, within a day, or a time such as 2026-11-26T18:00:00Z
  --for SPAN      such as 30s or 2min (default: 30s)
  --limit N       messages (default: 500)
  --url URL       the operator's listener, such as http://127.0.0.1:8081 (default: as configured)
  --config FILE   the server's configuration (default: easel.toml)
  --json          print JSON

Exit code: 0 done, 1 not done, 2 not understood.
)";

} // namespace

std::string_view usage() { return usage_text; }

} // namespace easel::easelctl
