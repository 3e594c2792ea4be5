-- Outgoing webhooks: who is told, their secrets and places in the event stream, and what is told. New tables only, so
-- nothing that runs waits for a lock.

create table webhooks (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    url varchar(2000) not null,
    description varchar(500),
    types jsonb not null,
    enabled boolean not null,
    disabled_reason varchar(64),
    disabled_at timestamptz,
    constraint webhooks_pkey primary key (tenant_id, id)
);
create index webhooks_created_at_idx on webhooks (tenant_id, created_at, id);
create index webhooks_enabled_idx on webhooks (tenant_id, enabled, id);
create index webhooks_search_idx on webhooks using gin (url gin_trgm_ops);

-- What no client sees of a webhook. Apart from it, and out of reach of switchboard_app, as credentials are. The cursor
-- begins behind the transaction that makes the webhook: it is told of what comes later. Free space on the page lets the
-- cursor move without touching the index (HOT).
create table webhook_endpoints (
    tenant_id uuid not null,
    id uuid not null, -- the webhook's
    secret bytea not null, -- sealed with the keys of data_protection_keys
    previous_secret bytea, -- signs too until previous_until, so that a receiver can change over
    previous_until timestamptz,
    version bigint not null, -- of the secrets
    cursor_tx xid8 not null default pg_current_xact_id(),
    cursor_seq bigint not null default 9223372036854775807,
    failing_since timestamptz, -- nothing has arrived since
    paused_until timestamptz, -- the receiver asked to be left alone
    constraint webhook_endpoints_pkey primary key (tenant_id, id),
    constraint webhook_endpoints_id_fkey foreign key (tenant_id, id) references webhooks (tenant_id, id) on delete cascade
) with (fillfactor = 50);

-- One row an event and webhook. tries counts the attempts since it was queued, by which the next pause is chosen;
-- attempts counts all. version fences the end of an attempt against another claim.
create table webhook_deliveries (
    tenant_id uuid not null,
    id uuid not null,
    webhook_id uuid not null,
    event_id uuid not null,
    type text not null,
    subject_type text,
    subject_id uuid,
    data jsonb,
    at timestamptz not null,
    state text not null,
    tries int not null,
    attempts int not null,
    next_at timestamptz not null,
    claimed_until timestamptz,
    attempted_at timestamptz,
    response_status int,
    problem text,
    queued_at timestamptz not null,
    created_at timestamptz not null,
    version bigint not null,
    constraint webhook_deliveries_pkey primary key (tenant_id, id),
    constraint webhook_deliveries_state_known check (state in ('pending', 'delivered', 'failed')),
    constraint webhook_deliveries_webhook_id_fkey foreign key (tenant_id, webhook_id)
        references webhooks (tenant_id, id) on delete cascade
) with (fillfactor = 80);
create index webhook_deliveries_webhook_id_idx on webhook_deliveries (tenant_id, webhook_id, id);
create index webhook_deliveries_pending on webhook_deliveries (tenant_id, webhook_id, next_at) where state = 'pending';
create index webhook_deliveries_queued_at_idx on webhook_deliveries (queued_at); -- of all tenants: forgets the old ones

select guard_tenant_table('webhooks');
select guard_tenant_table('webhook_endpoints');
select guard_tenant_table('webhook_deliveries');
revoke all on webhook_endpoints from switchboard_app;
revoke insert, update, delete on webhook_deliveries from switchboard_app;
