#include "policies/clauses.hpp"

#include <array>

namespace easel::policies {

namespace {

constexpr std::array all{
  clause{"ACCOUNT-1",
         "People sign in with Google alone. Of the Google account only the e-mail address, the display name and the "
         "subject are kept, and only once the person has confirmed. There are no passwords.",
         "policies/sign_in.cpp policies/id_token.cpp policies/inventory.cpp http/client/id_token.cpp",
         "schema_as_declared sign_ins_in_time",
         "tests/policies/inventory_test.cpp:ACCOUNT_1_of_a_person_nothing_else_is_kept "
         "tests/policies/inventory_test.cpp:ACCOUNT_1_a_column_that_nobody_declared_is_named "
         "tests/actors/sign_in_test.cpp:"
         "ACCOUNT_1_somebody_new_is_asked_first_and_has_an_account_only_after_they_confirmed",
         ""},
  clause{"GEN-1", "The prompt and the images made from it are stored and belong to the account.",
         "policies/generation_machine.cpp persistence/migrations/V003__commands.sql", "images_stored",
         "tests/policies/generation_machine_test.cpp:GEN_1_no_way_to_completed_skips_stored_images", ""},
  clause{"BILL-1", "Card details go to Stripe and nowhere else; a reference and an amount are kept of a payment.",
         "policies/stripe_objects.cpp policies/inventory.cpp persistence/migrations/V011__billing.sql",
         "payment_fields",
         "tests/policies/evidence_test.cpp:BILL_1_a_field_about_payments_that_nobody_declared_breaks_it", ""},
  clause{"TECH-1",
         "Address, user agent and time of a request are logged, for security, rate limits and debugging, for a time of "
         "their own.",
         "http/server/wire_exchange.cpp persistence/postgres/access_log.cpp actors/retention.cpp",
         "log_fields log_in_time",
         "tests/policies/inventory_test.cpp:TECH_1_the_access_log_has_no_field_beyond_those_promised "
         "tests/persistence/postgres_retention_pgtest.cpp:"
         "TECH_1_lines_of_the_access_log_go_by_the_window_they_were_written_with",
         ""},
  clause{"RET-1", "Prompts and images are stored for 30 days and then deleted without anybody asking.",
         "policies/retention_rules.cpp policies/retention_schedule.cpp policies/retention_clock.cpp "
         "actors/retention.cpp persistence/postgres/retention.cpp persistence/postgres/serving.cpp",
         "content_in_time all_has_an_end expired_is_hidden reaper_at_work auditor_is_apart",
         "tests/policies/retention_rules_test.cpp:RET_1_every_table_with_a_timed_window_has_a_rule_that_ends_it "
         "tests/policies/retention_schedule_test.cpp:"
         "RET_1_in_a_year_no_row_is_past_due_and_no_day_outlives_its_window_by_more_than_an_hour "
         "tests/persistence/postgres_retention_pgtest.cpp:RET_1_what_has_expired_is_deleted_and_nothing_else "
         "tests/persistence/postgres_retention_pgtest.cpp:RET_1_a_day_that_is_over_is_dropped_with_all_that_it_holds "
         "tests/persistence/mutations_pgtest.cpp:RET_1_a_way_to_read_without_its_predicate_is_found "
         "tests/actors/retention_test.cpp:"
         "RET_1_clocks_that_disagree_stop_the_reaper_until_an_operator_confirms",
         ""},
  clause{"RET-2", "E-mail address and display name are kept as long as the account is active.",
         "policies/inventory.cpp persistence/migrations/V010__rights.sql", "nothing_left_over",
         "tests/persistence/rights_pgtest.cpp:RIGHT_3_each_field_of_the_inventory_is_erased_as_it_declares "
         "tests/policies/evidence_rights_test.cpp:RET_2_a_row_of_a_deleted_account_breaks_it "
         "tests/persistence/evidence_pgtest.cpp:RET_2_rows_of_an_account_that_is_gone_are_found",
         ""},
  clause{"RET-3",
         "Billing records are kept as long as tax law asks, and then deleted. What each generation cost is folded into "
         "one entry of its grant after 90 days.",
         "persistence/migrations/V008__usage.sql persistence/migrations/V011__billing.sql "
         "persistence/migrations/V016__evidence.sql actors/retention.cpp actors/billing_office.cpp",
         "usage_folded payments_in_time",
         "tests/persistence/postgres_retention_pgtest.cpp:"
         "RET_3_usage_is_folded_after_90_days_and_the_books_stay_in_order "
         "tests/billing/scenarios_pgtest.cpp:RET_3_records_go_after_their_window_and_events_after_theirs "
         "tests/policies/evidence_rights_test.cpp:RET_3_a_record_of_a_payment_past_its_window_breaks_it "
         "tests/persistence/evidence_pgtest.cpp:RET_3_entries_of_payments_go_after_their_window",
         ""},
  clause{"THIRD-1", "Prompts of free accounts go to sub2api.",
         "policies/egress.cpp persistence/migrations/V001__foundation.sql", "free_disclosures",
         "tests/policies/egress_test.cpp:THIRD_2_a_prompt_never_goes_to_the_provider_of_the_other_tier "
         "tests/http_server/native_person_test.cpp:THIRD_1_the_switch_of_tier_names_the_new_recipient",
         ""},
  clause{"THIRD-2", "Prompts of paid accounts go to kie.ai; never across, whatever fails.",
         "policies/egress.cpp persistence/migrations/V001__foundation.sql", "paid_disclosures",
         "tests/policies/egress_test.cpp:THIRD_2_a_prompt_never_goes_to_the_provider_of_the_other_tier", ""},
  clause{"THIRD-3", "Every prompt passes OpenAI's moderation before anything is drawn.",
         "policies/generation_machine.cpp policies/moderation.cpp", "verdicts",
         "tests/policies/generation_machine_test.cpp:THIRD_3_no_way_to_dispatched_skips_a_clean_verdict "
         "tests/policies/moderation_test.cpp:THIRD_3_a_verdict_keeps_the_hash_of_what_was_judged",
         ""},
  clause{"THIRD-4", "Google is used for signing in, Stripe for payments, Cloudflare as the edge, and none for more.",
         "policies/egress.cpp http/client/egress_table.cpp http/client/curl_exchange.cpp", "hosts_called",
         "tests/policies/egress_test.cpp:THIRD_4_nothing_may_leave_but_what_the_rules_name "
         "tests/http_client/curl_transport_test.cpp:THIRD_4_each_host_is_counted_that_is_called "
         "tests/policies/evidence_nodes_test.cpp:THIRD_4_a_host_that_is_not_declared_breaks_it",
         ""},
  clause{"THIRD-5", "Nothing is sold or shared with advertisers.", "policies/egress.cpp http/server/pages/pages.cpp",
         "own_pages",
         "tests/policies/egress_test.cpp:"
         "MAIL_1_and_THIRD_5_there_is_one_rule_per_recipient_and_none_for_mail_or_advertising "
         "tests/http_server/self_probe_test.cpp:THIRD_5_every_page_of_our_own_loads_our_own_files_alone "
         "tests/policies/evidence_nodes_test.cpp:THIRD_5_a_page_that_loads_from_others_breaks_it",
         ""},
  clause{"MAIL-1", "No e-mail is sent.", "policies/egress.cpp http/client/curl_exchange.cpp", "no_mail hosts_called",
         "tests/policies/egress_test.cpp:"
         "MAIL_1_and_THIRD_5_there_is_one_rule_per_recipient_and_none_for_mail_or_advertising "
         "tests/http_client/curl_transport_test.cpp:MAIL_1_no_socket_is_opened_to_a_port_of_mail "
         "tests/policies/evidence_nodes_test.cpp:MAIL_1_a_socket_to_a_port_of_mail_breaks_it",
         ""},
  clause{"COOKIE-1", "There are two cookies: the session and the language.",
         "http/server/cookies.cpp policies/cross_origin.cpp", "sessions_in_time own_cookies",
         "tests/http_server/cookies_test.cpp:COOKIE_1_both_cookies_carry_what_the_host_prefix_demands "
         "tests/http_server/self_probe_test.cpp:COOKIE_1_each_cookie_that_is_set_is_counted_by_its_name "
         "tests/policies/evidence_nodes_test.cpp:COOKIE_1_a_third_cookie_breaks_it",
         ""},
  clause{"RIGHT-1", "A person can have a copy of all that is kept about them.",
         "policies/inventory.cpp persistence/postgres/export.cpp", "exports_work",
         "tests/policies/inventory_test.cpp:RIGHT_1_each_field_is_either_exported_or_withheld_with_a_reason "
         "tests/persistence/rights_pgtest.cpp:RIGHT_1_each_exported_field_of_the_inventory_is_in_the_export "
         "tests/persistence/evidence_pgtest.cpp:RIGHT_1_a_table_that_no_copy_can_read_is_found",
         ""},
  clause{"RIGHT-2", "A person can have what is kept about them corrected.",
         "policies/identity.cpp persistence/postgres/identity.cpp", "corrections_work",
         "tests/actors/own_account_test.cpp:"
         "RIGHT_2_a_person_changes_their_name_and_a_later_sign_in_leaves_it_alone "
         "tests/persistence/evidence_pgtest.cpp:RIGHT_2_a_name_that_cannot_be_written_is_found",
         ""},
  clause{"RIGHT-3", "Deleting the account deletes prompts and images at once, and backups within 30 days.",
         "actors/rights.cpp persistence/migrations/V010__rights.sql persistence/journaled_rights.cpp "
         "persistence/erasure_replay.cpp persistence/backup_reaper.cpp actors/traces.cpp "
         "persistence/postgres/key_wiping.cpp",
         "backups_in_time receipts_chained keys_wiped nothing_left_over",
         "tests/persistence/rights_pgtest.cpp:RIGHT_3_each_field_of_the_inventory_is_erased_as_it_declares "
         "tests/persistence/rights_pgtest.cpp:RIGHT_3_receipts_are_a_chain_that_nobody_changes "
         "tests/persistence/erasure_journal_pgtest.cpp:"
         "RIGHT_3_whom_a_restore_by_hand_brings_back_is_erased_at_the_next_start "
         "tests/persistence/erasure_journal_pgtest.cpp:"
         "RIGHT_3_what_was_cancelled_in_work_is_ended_and_deleted_when_a_restore_brings_it_back "
         "tests/persistence/key_memory_test.cpp:"
         "RIGHT_3_a_key_that_was_destroyed_is_nowhere_in_the_memory_of_the_process "
         "tests/simulation/content_memory_pgtest.cpp:"
         "RIGHT_3_after_a_deletion_no_live_object_holds_what_the_person_wrote_or_got "
         "tests/persistence/journaled_rights_test.cpp:"
         "RIGHT_3_without_an_entry_nothing_is_erased_and_the_operator_hears_why "
         "tests/persistence/backups_pgtest.cpp:RIGHT_3_a_backup_that_expired_is_removed_and_only_then_forgotten "
         "tests/persistence/evidence_pgtest.cpp:RIGHT_3_a_receipt_that_was_changed_or_taken_out_is_found "
         "tests/persistence/key_wiping_pgtest.cpp:"
         "RIGHT_3_a_destroyed_key_is_found_in_no_file_of_the_cluster_after_the_last_step "
         "tests/actors/rights_test.cpp:RIGHT_3_a_trace_of_the_account_ends_and_what_it_recorded_is_gone "
         "tests/policies/evidence_rights_test.cpp:RIGHT_3_an_erasure_that_stands_still_breaks_it "
         "tests/policies/evidence_rights_test.cpp:RIGHT_3_a_destroyed_key_on_the_disk_breaks_it_after_a_day",
         ""},
  clause{"RIGHT-4", "A person can object to processing, or have it restricted.",
         "persistence/migrations/V003__commands.sql persistence/migrations/V010__rights.sql actors/session.cpp",
         "restriction",
         "tests/persistence/rights_pgtest.cpp:RIGHT_4_a_restriction_ends_what_is_in_work_and_keeps_everything "
         "tests/actors/revocation_test.cpp:"
         "RIGHT_4_of_an_account_that_another_node_restricts_nothing_more_is_sent_from_here "
         "tests/persistence/postgres_auditor_pgtest.cpp:RIGHT_4_a_dispatch_for_a_restricted_account_is_found",
         ""},
  clause{"RIGHT-5", "Requests reach us by mail, and an authority hears complaints.",
         "policies/privacy_requests.cpp persistence/postgres/privacy_requests.cpp tools/easelctl/request_commands.cpp",
         "requests_in_time",
         "tests/policies/privacy_requests_test.cpp:RIGHT_5_a_request_is_due_a_calendar_month_after_its_receipt "
         "tests/persistence/privacy_requests_pgtest.cpp:RIGHT_5_each_step_of_a_request_leaves_its_row_in_the_audit "
         "tests/persistence/postgres_auditor_pgtest.cpp:RIGHT_5_a_request_that_is_past_due_is_found",
         ""},
  clause{"CHILD-1", "The service is not for children under 13; what is reported is deleted.",
         "policies/sign_in.cpp persistence/migrations/V010__rights.sql tools/easelctl/request_commands.cpp",
         "children_erased",
         "tests/http_server/sign_in_test.cpp:CHILD_1_an_account_needs_both_confirmations "
         "tests/persistence/rights_pgtest.cpp:"
         "CHILD_1_an_operator_erases_with_a_reason_that_is_kept_and_nothing_is_remembered "
         "tests/easelctl/request_commands_test.cpp:CHILD_1_a_report_is_fulfilled_by_an_erasure_for_this_reason",
         ""},
  clause{"CHANGE-1", "The policy shows when it was last changed, and changes that matter are announced.",
         "policies/documents.cpp http/server/pages/documents.cpp http/server/pages/notices.cpp "
         "persistence/postgres/acknowledgements.cpp",
         "changes_announced",
         "tests/http_server/documents_test.cpp:"
         "CHANGE_1_are_there_for_everybody_in_every_language_with_the_day_of_their_last_change "
         "tests/policies/documents_test.cpp:CHANGE_1_whoever_has_not_acknowledged_the_latest_change_is_told_of_it "
         "tests/http_server/notices_test.cpp:CHANGE_1_every_page_of_somebody_signed_in_shows_it_until_acknowledged "
         "tests/persistence/postgres_auditor_pgtest.cpp:CHANGE_1_somebody_without_a_record_is_found",
         ""},
};

} // namespace

std::span<const clause> clauses() { return all; }

} // namespace easel::policies
