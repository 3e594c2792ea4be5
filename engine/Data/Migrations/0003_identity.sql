-- Sign-in: passwords, sessions, the keys of tokens, failed attempts. New tables only, so nothing that runs waits for a lock.

-- A user's password hash. Apart from users, so that no list, export or history can ever show it, and out of reach of
-- switchboard_app, which serves the records: only the engine's role reads it.
create table credentials (
    tenant_id uuid not null,
    id uuid not null, -- the user's
    password_hash text not null,
    changed_at timestamptz not null,
    version bigint not null,
    constraint credentials_pkey primary key (tenant_id, id),
    constraint credentials_id_fkey foreign key (tenant_id, id) references users (tenant_id, id) on delete cascade
);

-- A signed-in session. Tokens name it and say nothing else. Its version is the generation of refresh tokens that is good.
create table sessions (
    tenant_id uuid not null, -- where it starts when a request names no tenant
    id uuid not null,
    user_id uuid not null,
    memberships jsonb not null, -- [{tenantId, userId}]: every tenant in which the same password was right
    user_agent text null,
    created_at timestamptz not null,
    refreshed_at timestamptz not null,
    revoked_at timestamptz null,
    version bigint not null,
    constraint sessions_pkey primary key (tenant_id, id),
    constraint sessions_memberships_is_list check (jsonb_typeof(memberships) = 'array'),
    constraint sessions_user_id_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create unique index sessions_id_key on sessions (id); -- a token has no tenant
create index sessions_user_idx on sessions (tenant_id, user_id);
create index sessions_memberships_idx on sessions using gin (memberships jsonb_path_ops) where revoked_at is null;

-- Failed sign-ins of the last minutes, by the hash of what was typed as an account: of no tenant, because nobody is signed in yet.
create table sign_in_attempts (
    id uuid not null,
    account bytea not null,
    address text not null,
    at timestamptz not null,
    constraint sign_in_attempts_pkey primary key (id)
);
create index sign_in_attempts_account_idx on sign_in_attempts (account, at);
create index sign_in_attempts_address_idx on sign_in_attempts (address, at);
create index sign_in_attempts_at_idx on sign_in_attempts (at);

-- ASP.NET Core's key ring, shared by all nodes.
create table data_protection_keys (
    id uuid not null,
    name text not null,
    xml text not null,
    created_at timestamptz not null,
    constraint data_protection_keys_pkey primary key (id)
);

select guard_tenant_table('credentials');
select guard_tenant_table('sessions');
grant select, insert, update, delete on sign_in_attempts, data_protection_keys to switchboard_engine;
revoke all on credentials, sessions from switchboard_app;
