-- Workflow instances and all that a burst writes beside the records. New tables only: locks nothing that exists.

-- One row a committer, written at the head of each of its transactions: says after a lost connection whether the last
-- transaction was applied. Not a tenant's data, and only the engine's role may touch it.
create table committers (
    id uuid not null,
    epoch bigint not null,
    sequence bigint not null,
    marked_at timestamptz not null default now(),
    constraint committers_pkey primary key (id)
) with (fillfactor = 10);

-- Raises SB001 when rows that a statement was to change had another version or were gone. The ids are in the hint,
-- because Npgsql withholds the detail of an error unless it may show personal data.
create or replace function fence(expected uuid[], got uuid[]) returns void
language plpgsql immutable as $$
begin
    if cardinality(expected) <> cardinality(got) then
        raise exception 'A row has been changed by someone else.' using
            errcode = 'SB001',
            hint = (select string_agg(id::text, ',') from unnest(expected) as id where id <> all (got));
    end if;
end $$;

-- The space left on each page lets an update of the state stay on the page without touching an index (HOT); no indexed
-- column changes between the start and the end of an instance.
create table instances (
    tenant_id uuid not null,
    id uuid not null,
    definition_id text not null,
    definition_version int not null,
    definition_hash text not null,
    status text not null,
    sub_status text not null,
    name text,
    correlation_id text,
    parent_id uuid,
    notify_parent boolean not null,
    subject_type text,
    subject_id uuid,
    activation_key text,
    incident_count int not null,
    state bytea not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    finished_at timestamptz,
    constraint instances_pkey primary key (tenant_id, id),
    constraint instances_status_known check (status in ('Running', 'Finished')),
    constraint instances_sub_status_known check (sub_status in
        ('Pending', 'Executing', 'Suspended', 'Interrupted', 'Finished', 'Cancelled', 'Faulted')),
    constraint instances_subject_whole check ((subject_type is null) = (subject_id is null)),
    constraint instances_finished_once check ((status = 'Finished') = (finished_at is not null))
) with (fillfactor = 70);
create index instances_running_definition on instances (tenant_id, definition_id) where finished_at is null;
create index instances_correlation on instances (tenant_id, correlation_id) where correlation_id is not null;
-- Of definitions that allow one running instance (or one a correlation id): two starts at once cannot both win.
create unique index instances_activated_once on instances (tenant_id, activation_key) where activation_key is not null and finished_at is null;
create index instances_parent on instances (tenant_id, parent_id) where parent_id is not null;
create index instances_subject on instances (tenant_id, subject_type, subject_id) where subject_id is not null;

-- Bookmarks that instances share (events, children), so that a stimulus finds them by their hash; all others live in the
-- state of their instance alone.
create table bookmarks (
    tenant_id uuid not null,
    id uuid not null,
    instance_id uuid not null,
    bookmark_id text not null,
    name text not null,
    hash text not null,
    correlation_id text,
    created_at timestamptz not null,
    constraint bookmarks_pkey primary key (tenant_id, id)
);
create index bookmarks_hash on bookmarks (tenant_id, hash);

create table timers (
    tenant_id uuid not null,
    id uuid not null,
    instance_id uuid not null,
    bookmark_id text not null,
    due_at timestamptz not null,
    claimed_until timestamptz,
    attempts int not null,
    constraint timers_pkey primary key (tenant_id, id)
);
create index timers_due on timers (due_at);
create index timers_instance on timers (tenant_id, instance_id);

-- One row a burst with all its entries. materials is the bill of materials: the hash of every artefact that the burst used.
create table journal (
    tenant_id uuid not null,
    id uuid not null,
    instance_id uuid not null,
    at timestamptz not null,
    definition_hash text not null,
    entries jsonb not null,
    materials jsonb,
    constraint journal_pkey primary key (tenant_id, id)
);
create index journal_instance on journal (tenant_id, instance_id, id);

-- Stimuli that are not answered synchronously. A row is deleted in the step that it causes; 'waiting' is an event that
-- came before anyone waits for it, until expires_at; 'dead' has failed too often and says why.
create table inbox (
    tenant_id uuid not null,
    id uuid not null,
    source text not null,
    event_id text not null,
    kind text not null,
    name text not null,
    hash text,
    correlation_id text,
    instance_id uuid,
    payload jsonb,
    received_at timestamptz not null,
    expires_at timestamptz,
    claimed_until timestamptz,
    attempts int not null,
    state text not null,
    problem text,
    constraint inbox_pkey primary key (tenant_id, id),
    constraint inbox_event_once unique (tenant_id, source, event_id),
    constraint inbox_kind_known check (kind in ('event', 'start', 'resume', 'cancel')),
    constraint inbox_state_known check (state in ('pending', 'waiting', 'dead'))
);
create index inbox_pending on inbox (received_at) where state = 'pending';
create index inbox_waiting on inbox (tenant_id, hash) where state = 'waiting';

-- Remembers the ids of events from outside for at least seven days, so that the same id again has no second effect.
create table inbox_seen (
    tenant_id uuid not null,
    id uuid not null,
    source text not null,
    event_id text not null,
    received_at timestamptz not null,
    constraint inbox_seen_pkey primary key (tenant_id, id),
    constraint inbox_seen_once unique (tenant_id, source, event_id)
);
create index inbox_seen_received on inbox_seen (received_at);

create table outbox (
    tenant_id uuid not null,
    id uuid not null,
    kind text not null,
    destination text not null,
    payload jsonb not null,
    idempotency_key text not null,
    next_at timestamptz not null,
    claimed_until timestamptz,
    attempts int not null,
    state text not null,
    problem text,
    instance_id uuid,
    bookmark_id text,
    created_at timestamptz not null,
    constraint outbox_pkey primary key (tenant_id, id),
    constraint outbox_idempotency_key_once unique (tenant_id, kind, idempotency_key),
    constraint outbox_state_known check (state in ('pending', 'sent', 'dead'))
);
create index outbox_pending on outbox (next_at) where state = 'pending';

-- What the live hub and webhooks tell. Readers stay below pg_snapshot_xmin(pg_current_snapshot()), so that (tx, seq) is a
-- cursor behind which nothing appears later.
create table events (
    tenant_id uuid not null,
    id uuid not null,
    tx xid8 not null default pg_current_xact_id(),
    seq bigint not null generated always as identity,
    type text not null,
    subject_type text,
    subject_id uuid,
    data jsonb,
    at timestamptz not null,
    constraint events_pkey primary key (tenant_id, id)
);
create index events_cursor on events (tenant_id, tx, seq);

-- number is the published version, null for the draft; version is the fence of the row itself.
create table artefacts (
    tenant_id uuid not null,
    id uuid not null,
    kind text not null,
    key text not null,
    number int,
    content text not null,
    hash text not null,
    comment text,
    author text,
    author_id uuid,
    state text not null,
    effective_from timestamptz,
    published_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null,
    constraint artefacts_pkey primary key (tenant_id, id),
    constraint artefacts_number_once unique nulls not distinct (tenant_id, kind, key, number),
    constraint artefacts_kind_known check (kind in ('workflow', 'ruleset', 'decision', 'form', 'template', 'calendar')),
    constraint artefacts_state_known check (state in ('draft', 'published', 'superseded', 'retracted')),
    constraint artefacts_draft_has_no_number check ((state = 'draft') = (number is null))
);

grant select, insert, update, delete on committers to switchboard_engine;
do $$
declare
    name text;
begin
    foreach name in array array['instances', 'bookmarks', 'timers', 'inbox', 'inbox_seen', 'outbox', 'artefacts'] loop
        perform guard_tenant_table(name);
    end loop;
    foreach name in array array['journal', 'events'] loop
        perform guard_tenant_table(name, append_only => true);
    end loop;
end $$;
