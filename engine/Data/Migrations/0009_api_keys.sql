-- Keys with which programs call the API in a user's name. A new table only, so nothing that runs waits for a lock.

create table api_keys (
    tenant_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    name text not null,
    prefix text not null, -- the key's beginning, by which people tell their keys apart
    hash bytea not null, -- SHA-256 of the whole key: 256 random bits need no slow hash
    permissions jsonb not null, -- patterns; what the user's roles do not allow, the key does not either
    created_at timestamptz not null,
    expires_at timestamptz null,
    last_used_at timestamptz null, -- to the minute
    revoked_at timestamptz null,
    version bigint not null,
    constraint api_keys_pkey primary key (tenant_id, id),
    constraint api_keys_permissions_is_list check (jsonb_typeof(permissions) = 'array'),
    constraint api_keys_user_id_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create unique index api_keys_hash_key on api_keys (hash); -- a key names no tenant
create index api_keys_user_idx on api_keys (tenant_id, user_id);

select guard_tenant_table('api_keys');
revoke all on api_keys from switchboard_app;
