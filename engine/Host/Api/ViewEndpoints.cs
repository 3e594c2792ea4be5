using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Api;

/// <summary>
/// Lists that people have named: what they filter, how they sort, what they show. Everybody has their own; whoever may can
/// share one with a role or with everyone. A view gives no right to what it lists.
/// </summary>
internal static partial class ViewEndpoints
{
    private const string SharePermission = "views:share";
    private const string Private = "private";
    private const string WithRole = "role";
    private const string Everyone = "everyone";
    private const int MaxName = 100;
    private const int MaxState = 4000;

    /// <summary>Of one person, over all lists; more than anybody finds anything in.</summary>
    private const int MostOfOne = 500;

    private const string Columns = "v.id, v.owner_id, u.display_name, v.list, v.name, v.state, v.sharing, v.role, v.is_pinned, v.created_at, v.updated_at, v.version";

    public static void MapViews(this IEndpointRouteBuilder api)
    {
        var views = api.MapGroup("/views").WithTags("Views").LimitBody(64 << 10);
        views.MapGet("", List).RequireSignIn().WithSummary("One's own views and those that others share with one, by name")
            .WithMetadata(new Shape(Response: "Items") { Query = [("list", "Only those of this list, such as phone-numbers")] });
        views.MapPost("", Create).RequireSignIn().WithSummary($"Names a list: {{list, name, state, sharing?, role?, isPinned?}}; sharing it needs {SharePermission}")
            .WithMetadata(new Shape("Object", "Object", 201));
        views.MapPatch("/{id:guid}", Change).RequireSignIn().WithSummary($"Changes one's own view, or, with {SharePermission}, one that is shared")
            .WithMetadata(new Shape("Object", "Object"));
        views.MapDelete("/{id:guid}", Delete).RequireSignIn().WithSummary($"Deletes one's own view, or, with {SharePermission}, one that is shared")
            .WithMetadata(new Shape(Status: 204));
    }

    private static async Task<IResult> List(HttpContext http, Database database, CancellationToken ct)
    {
        foreach (var name in http.Request.Query.Keys.Where(name => name != "list"))
            throw ProblemException.Malformed("unknown_parameter", name, $"There is no parameter {name} here.");
        var list = http.Request.Query["list"].ToString();
        var found = await ReadAsync(database, http.Caller(), null, ct);
        return Answer.Of(new JsonObject
        {
            ["items"] = new JsonArray([.. found.Where(view => list.Length == 0 || view.List == list).Select(view => (JsonNode)view.ToJson(http.Caller()))]),
            ["next"] = null,
        });
    }

    private static async Task<IResult> Create(
        HttpContext http, Database database, GroupCommitter committer, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            var own = (await ReadAsync(database, caller, null, ct)).Where(view => view.OwnerId == caller.UserId).ToList();
            if (own.Count >= MostOfOne)
                throw new ProblemException(422, "too_many_views", $"You have {MostOfOne} views, which is the most. Delete some that you no longer use.");
            var now = FieldText.Microseconds(time.GetUtcNow());
            var view = Written(body.Object, caller, new View(Guid.CreateVersion7(now), caller.UserId, caller.Name, "", "", "", Private, null, false, now, now, 1));
            var step = new Step(caller.TenantId);
            step.Insert(SystemTables.Views, view.Row(caller.TenantId));
            RecordChanges.Audit(step, "views", view.Id, caller.Change("views.created", now));
            var answer = AnswerOf(view, caller, 201) with { Location = $"/api/views/{view.Id}" };
            ticket.AddTo(step, answer);
            await CommitAsync(committer, step, view, ct);
            return answer;
        }, ct);
    }

    private static async Task<IResult> Change(
        Guid id, HttpContext http, Database database, GroupCommitter committer, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            var before = await ChangeableAsync(database, caller, id, ct);
            Preconditions.ThrowUnlessMatches(Preconditions.IfMatch(http), before.Version);
            var now = FieldText.Microseconds(time.GetUtcNow());
            var after = Written(body.Object, caller, before) with { UpdatedAt = now, Version = before.Version + 1 };
            var step = new Step(caller.TenantId);
            step.Update(SystemTables.Views, after.Row(caller.TenantId), before.Version);
            RecordChanges.Audit(step, "views", id, caller.Change("views.changed", now));
            var answer = AnswerOf(after, caller, 200);
            ticket.AddTo(step, answer);
            return await CommitAsync(committer, step, after, ct) == StepOutcome.Committed ? answer : throw Preconditions.Stale(after.Version);
        }, ct);
    }

    private static async Task<IResult> Delete(Guid id, HttpContext http, Database database, GroupCommitter committer, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var before = await ChangeableAsync(database, caller, id, ct);
        Preconditions.ThrowUnlessMatches(Preconditions.IfMatch(http), before.Version);
        var step = new Step(caller.TenantId);
        step.Delete(SystemTables.Views, id, before.Version);
        RecordChanges.Audit(step, "views", id, caller.Change("views.deleted", time.GetUtcNow()));
        return await committer.CommitAsync(step, ct) == StepOutcome.Committed ? Answer.NoContent : throw Preconditions.Stale(before.Version + 1);
    }

    private static async Task<StepOutcome> CommitAsync(GroupCommitter committer, Step step, View view, CancellationToken ct)
    {
        try
        {
            return await committer.CommitAsync(step, ct);
        }
        catch (PostgresException e) when (e.ConstraintName == "views_name_once")
        {
            throw ProblemException.Invalid([new FieldError("name", "name_taken", $"There is already a view called {view.Name} of this list. Choose another name.")]);
        }
    }

    /// <summary>A view of others that is not shared is as unknown as one of another tenant.</summary>
    private static async Task<View> ChangeableAsync(Database database, Caller caller, Guid id, CancellationToken ct)
    {
        var view = (await ReadAsync(database, caller, id, ct)).SingleOrDefault() ?? throw new ProblemException(404, "not_found", $"There is no view {id}.");
        if (view.OwnerId != caller.UserId)
            caller.Demand(SharePermission);
        return view;
    }

    /// <summary>What the caller sees: their own and what is shared with them.</summary>
    private static Task<List<View>> ReadAsync(Database database, Caller caller, Guid? id, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand(
            $"""
            select {Columns}
            from views v join users u on u.tenant_id = v.tenant_id and u.id = v.owner_id
            where (v.owner_id = $1 or v.sharing = 'everyone' or (v.sharing = 'role' and v.role = any($2))) and ($3::uuid is null or v.id = $3)
            order by lower(v.name), v.id
            """)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = caller.UserId },
                new NpgsqlParameter<string[]> { TypedValue = [.. caller.Roles] },
                new() { Value = (object?)id ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid },
            },
        };
        return database.ReadAsync(caller.TenantId, command, async (reader, token) =>
        {
            var views = new List<View>();
            while (await reader.ReadAsync(token))
            {
                views.Add(new View(
                    reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6),
                    reader.IsDBNull(7) ? null : reader.GetString(7), reader.GetBoolean(8), reader.GetFieldValue<DateTimeOffset>(9), reader.GetFieldValue<DateTimeOffset>(10), reader.GetInt64(11)));
            }
            return views;
        }, ct);
    }

    /// <summary>The view as the body would have it; what the body does not name stays.</summary>
    private static View Written(JsonObject body, Caller caller, View before)
    {
        var errors = new List<FieldError>();
        foreach (var (name, _) in body)
        {
            if (name is not ("list" or "name" or "state" or "sharing" or "role" or "isPinned"))
                errors.Add(new FieldError(name, "unknown_field", $"A view has list, name, state, sharing, role and isPinned, not {name}."));
        }
        var view = before with
        {
            List = Text("list", before.List, text => ListName().IsMatch(text), "list is the name of a list, such as phone-numbers."),
            Name = Text("name", before.Name, text => text.Trim().Length is > 0 and <= MaxName, $"name is text of 1 to {MaxName} characters.").Trim(),
            State = Text("state", before.State, text => text.Length <= MaxState, $"state is text of at most {MaxState} characters: what the address of the list has after its question mark."),
            Sharing = Text("sharing", before.Sharing, text => text is Private or WithRole or Everyone, "sharing is private, role or everyone."),
        };
        view = view with { Role = view.Sharing == WithRole ? Text("role", before.Role ?? "", text => text.Length is > 0 and <= MaxName, "role is the name of the role whose members see it.") : null };
        if (body["isPinned"] is { } pinned)
        {
            if (pinned is JsonValue value && value.TryGetValue<bool>(out var flag))
                view = view with { IsPinned = flag };
            else
                errors.Add(new FieldError("isPinned", "invalid_type", "isPinned must be true or false."));
        }
        if (errors.Count > 0)
            throw ProblemException.Invalid(errors);
        if (view.Sharing != Private)
            caller.Demand(SharePermission);
        return view;

        string Text(string name, string otherwise, Func<string, bool> isValid, string rule)
        {
            var text = body.ContainsKey(name) ? body[name] is JsonValue value && value.TryGetValue<string>(out var given) ? given : null : otherwise;
            if (text is not null && isValid(text))
                return text;
            errors.Add(new FieldError(name, body[name] is null ? "required" : "invalid_value", rule));
            return otherwise;
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{0,63}$")]
    private static partial Regex ListName();

    private static Answer AnswerOf(View view, Caller caller, int status) =>
        Answer.Of(view.ToJson(caller), status) with { ETag = Preconditions.ETagOf(view.Version) };

    private sealed record View(
        Guid Id, Guid OwnerId, string Owner, string List, string Name, string State, string Sharing, string? Role, bool IsPinned,
        DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Version)
    {
        public object?[] Row(Guid tenantId) => [tenantId, Id, OwnerId, List, Name, State, Sharing, Role, IsPinned, CreatedAt, UpdatedAt, Version];

        public JsonObject ToJson(Caller caller) => new()
        {
            ["id"] = Id.ToString(),
            ["version"] = Version,
            ["list"] = List,
            ["name"] = Name,
            ["state"] = State,
            ["sharing"] = Sharing,
            ["role"] = Role,
            ["isPinned"] = IsPinned,
            ["owner"] = Owner,
            ["isOwn"] = OwnerId == caller.UserId,
            ["createdAt"] = FieldText.Format(CreatedAt),
            ["updatedAt"] = FieldText.Format(UpdatedAt),
        };
    }
}
