using System.Text.Json;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Api;

/// <summary>What hangs on a record of any type: its history, its comments, its tags.</summary>
internal static class RecordPartEndpoints
{
    private const int MaxComment = 20_000;
    private const int MaxTag = 64;
    private const int DefaultPage = 100;

    public static void MapRecordParts(this IEndpointRouteBuilder api)
    {
        var record = api.MapGroup("/{type}/{id:guid}").WithTags("Records");
        record.MapGet("/history", History).RequirePermission("{type}:read").WithSummary("Every change, newest first")
            .WithMetadata(new Shape(Response: "History") { Query = [("limit", "At most 500; 100 by default"), ("after", "The cursor of the last page")] });
        record.MapGet("/comments", Comments).RequirePermission("{type}:read").WithSummary("Comments, oldest first")
            .WithMetadata(new Shape(Response: "Items"));
        record.MapPost("/comments", AddComment).RequirePermission("{type}:update").WithSummary("Adds a comment")
            .WithMetadata(new Shape("Object", "Object", 201));
        record.MapPatch("/comments/{commentId:guid}", ChangeComment).RequirePermission("{type}:update").WithSummary("Changes one's own comment")
            .WithMetadata(new Shape("Object", "Object"));
        record.MapDelete("/comments/{commentId:guid}", DeleteComment).RequirePermission("{type}:update").WithSummary("Deletes one's own comment")
            .WithMetadata(new Shape(Status: 204));
        record.MapGet("/tags", Tags).RequirePermission("{type}:read").WithSummary("The record's tags")
            .WithMetadata(new Shape(Response: "Items"));
        record.MapPost("/tags", AddTag).RequirePermission("{type}:update").WithSummary("Adds a tag; a tag that is there stays")
            .WithMetadata(new Shape("Object", "Items"));
        record.MapDelete("/tags/{tag}", DeleteTag).RequirePermission("{type}:update").WithSummary("Takes a tag away")
            .WithMetadata(new Shape(Status: 204));
    }

    private static async Task<IResult> History(string type, Guid id, HttpContext http, Database database, RecordReader records, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var (limit, after) = PageOf(http);
        var command = new NpgsqlBatchCommand(
            """
            select id, at, actor_id, actor, action, changes::text, instance_id, decision_id, artefact, batch_id
            from history
            where record_type = $1 and record_id = $2 and ($3::uuid is null or id < $3)
            order by id desc
            limit $4
            """)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = type },
                new NpgsqlParameter<Guid> { TypedValue = id },
                new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid },
                new NpgsqlParameter<int> { TypedValue = limit + 1 },
            },
        };
        var (items, next) = await database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var items = new JsonArray();
            string? last = null;
            while (await reader.ReadAsync(token))
            {
                if (items.Count == limit)
                    return (items, last);
                last = reader.GetGuid(0).ToString();
                items.Add(new JsonObject
                {
                    ["id"] = last,
                    ["at"] = reader.GetFieldValue<DateTimeOffset>(1),
                    ["actorId"] = Optional<Guid>(reader, 2)?.ToString(),
                    ["actor"] = reader.GetString(3),
                    ["action"] = reader.GetString(4),
                    ["changes"] = JsonNode.Parse(reader.GetString(5)),
                    ["cause"] = Cause(reader),
                });
            }
            return (items, null);
        }, ct);
        // The history of a deleted record stays readable.
        if (items.Count == 0 && after is null)
            await ExistingAsync(records, tenantId, type, id, ct);
        return Answer.Of(new JsonObject { ["items"] = items, ["next"] = next });

        static JsonObject Cause(NpgsqlDataReader reader)
        {
            var cause = new JsonObject();
            if (Optional<Guid>(reader, 6) is { } instance)
                cause["instanceId"] = instance.ToString();
            if (Optional<Guid>(reader, 7) is { } decision)
                cause["decisionId"] = decision.ToString();
            if (!reader.IsDBNull(8))
                cause["artefact"] = reader.GetString(8);
            if (Optional<Guid>(reader, 9) is { } batch)
                cause["batchId"] = batch.ToString();
            return cause;
        }
    }

    private static async Task<IResult> Comments(string type, Guid id, HttpContext http, Database database, RecordReader records, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        await ExistingAsync(records, tenantId, type, id, ct);
        var (limit, after) = PageOf(http);
        var command = new NpgsqlBatchCommand(
            $"""
            select {CommentColumns} from comments
            where record_type = $1 and record_id = $2 and ($3::uuid is null or id > $3)
            order by id
            limit $4
            """)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = type },
                new NpgsqlParameter<Guid> { TypedValue = id },
                new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid },
                new NpgsqlParameter<int> { TypedValue = limit + 1 },
            },
        };
        var found = await database.ReadAsync(tenantId, command, ReadCommentsAsync, ct);
        return Answer.Of(new JsonObject
        {
            ["items"] = new JsonArray([.. found.Take(limit).Select(comment => comment.ToJson())]),
            ["next"] = found.Count > limit ? found[limit - 1].Id.ToString() : null,
        });
    }

    private static async Task<IResult> AddComment(
        string type, Guid id, HttpContext http, RecordReader records, GroupCommitter committer, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        await ExistingAsync(records, caller.TenantId, type, id, ct);
        var text = CommentText(body.Object);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            var now = FieldText.Microseconds(time.GetUtcNow());
            var comment = new Comment(Guid.CreateVersion7(now), caller.UserId, caller.Name, text, IsInternal(body.Object) ?? false, now, now, 1);
            var step = new Step(caller.TenantId);
            step.Insert(SystemTables.Comments, comment.Row(caller.TenantId, type, id));
            Tell(step, type, id, "commented", caller, now);
            var answer = new Answer(201, Answer.Utf8(comment.ToJson()), Preconditions.ETagOf(1), $"/api/{type}/{id}/comments/{comment.Id}");
            ticket.AddTo(step, answer);
            await committer.CommitAsync(step, ct);
            return answer;
        }, ct);
    }

    private static async Task<IResult> ChangeComment(
        string type, Guid id, Guid commentId, HttpContext http, Database database, GroupCommitter committer, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            var before = await OwnCommentAsync(database, caller, type, id, commentId, ct);
            Preconditions.ThrowUnlessMatches(Preconditions.IfMatch(http), before.Version);
            var now = FieldText.Microseconds(time.GetUtcNow());
            var after = before with
            {
                Body = body.Object.ContainsKey("body") ? CommentText(body.Object) : before.Body,
                IsInternal = IsInternal(body.Object) ?? before.IsInternal,
                UpdatedAt = now,
                Version = before.Version + 1,
            };
            var step = new Step(caller.TenantId);
            step.Update(SystemTables.Comments, after.Row(caller.TenantId, type, id), before.Version);
            Tell(step, type, id, "comment_changed", caller, now);
            var answer = new Answer(200, Answer.Utf8(after.ToJson()), Preconditions.ETagOf(after.Version));
            ticket.AddTo(step, answer);
            return await committer.CommitAsync(step, ct) == StepOutcome.Committed ? answer : throw Preconditions.Stale(after.Version);
        }, ct);
    }

    private static async Task<IResult> DeleteComment(
        string type, Guid id, Guid commentId, HttpContext http, Database database, GroupCommitter committer, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var before = await OwnCommentAsync(database, caller, type, id, commentId, ct);
        Preconditions.ThrowUnlessMatches(Preconditions.IfMatch(http), before.Version);
        var step = new Step(caller.TenantId);
        step.Delete(SystemTables.Comments, commentId, before.Version);
        Tell(step, type, id, "comment_deleted", caller, time.GetUtcNow());
        return await committer.CommitAsync(step, ct) == StepOutcome.Committed ? Answer.NoContent : throw Preconditions.Stale(before.Version + 1);
    }

    private static async Task<IResult> Tags(string type, Guid id, HttpContext http, Database database, RecordReader records, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        await ExistingAsync(records, tenantId, type, id, ct);
        return Answer.Of(TagList((await TagsAsync(database, tenantId, type, id, ct)).Keys));
    }

    private static async Task<IResult> AddTag(
        string type, Guid id, HttpContext http, Database database, RecordReader records, GroupCommitter committer, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        var tag = TagOf(body.Object["tag"]);
        await ExistingAsync(records, caller.TenantId, type, id, ct);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            while (true)
            {
                var there = await TagsAsync(database, caller.TenantId, type, id, ct);
                var now = FieldText.Microseconds(time.GetUtcNow());
                var answer = Answer.Of(TagList(there.Keys.Append(tag).Distinct()));
                var step = new Step(caller.TenantId);
                if (!there.ContainsKey(tag))
                {
                    step.Insert(SystemTables.Tags, caller.TenantId, Guid.CreateVersion7(now), type, id, tag, now);
                    Tell(step, type, id, "tagged", caller, now);
                }
                ticket.AddTo(step, answer);
                try
                {
                    await committer.CommitAsync(step, ct);
                    return answer;
                }
                catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation && e.TableName == SystemTables.Tags.Name)
                {
                    continue; // somebody else has just added the same tag: read again
                }
            }
        }, ct);
    }

    private static async Task<IResult> DeleteTag(
        string type, Guid id, string tag, HttpContext http, Database database, GroupCommitter committer, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        if (!(await TagsAsync(database, caller.TenantId, type, id, ct)).TryGetValue(tag, out var tagId))
            throw new ProblemException(404, "not_found", "The record has no such tag.");
        var step = new Step(caller.TenantId);
        step.Delete(SystemTables.Tags, tagId);
        Tell(step, type, id, "untagged", caller, time.GetUtcNow());
        await committer.CommitAsync(step, ct);
        return Answer.NoContent;
    }

    /// <exception cref="ProblemException">404.</exception>
    internal static async Task<Record> ExistingAsync(RecordReader records, Guid tenantId, string type, Guid id, CancellationToken ct)
    {
        var recordType = RecordTypes.Find(type)!;
        return await records.GetAsync(tenantId, recordType, id, ct) ?? throw await records.NotFoundAsync(tenantId, recordType, id, ct);
    }

    /// <summary>An audit row and an event: what happened beside a record changes no field of it.</summary>
    internal static void Tell(Step step, string type, Guid id, string what, Caller caller, DateTimeOffset at)
    {
        at = FieldText.Microseconds(at);
        RecordChanges.Audit(step, type, id, caller.Change($"{type}.{what}", at));
        step.Insert(SystemTables.Events, step.TenantId, Guid.CreateVersion7(at), $"{type}.{what}", type, id, null, at);
    }

    private static (int Limit, Guid? After) PageOf(HttpContext http)
    {
        var query = http.Request.Query;
        foreach (var (name, values) in query)
        {
            if (name is not ("limit" or "after"))
                throw ProblemException.Malformed("unknown_parameter", name, $"There is no parameter {name} here.");
            if (values.Count > 1)
                throw ProblemException.Malformed("duplicate_parameter", name, $"{name} is given twice.");
        }
        return ListPage.Of(query, DefaultPage);
    }

    private static string CommentText(JsonObject body) =>
        body["body"] is JsonValue value && value.TryGetValue<string>(out var text) && !string.IsNullOrWhiteSpace(text) && text.Length <= MaxComment
            ? text
            : throw ProblemException.Invalid([new FieldError("body", body["body"] is null ? "required" : "invalid_text", $"A comment is text of 1 to {MaxComment} characters.")]);

    private static bool? IsInternal(JsonObject body) => body["isInternal"] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        _ => throw ProblemException.Invalid([new FieldError("isInternal", "invalid_type", "isInternal must be true or false.")]),
    };

    private static string TagOf(JsonNode? node)
    {
        var tag = (node as JsonValue)?.GetValueKind() == JsonValueKind.String ? ((string)node!).Trim() : "";
        return tag.Length is > 0 and <= MaxTag && !tag.Any(char.IsControl) && !tag.Contains('/', StringComparison.Ordinal)
            ? tag
            : throw ProblemException.Invalid([new FieldError("tag", "invalid_tag", $"A tag is text of 1 to {MaxTag} characters, without slashes.")]);
    }

    private static JsonObject TagList(IEnumerable<string> tags) =>
        new() { ["items"] = new JsonArray([.. tags.Order(StringComparer.Ordinal).Select(tag => JsonValue.Create(tag))]) };

    private static Task<Dictionary<string, Guid>> TagsAsync(Database database, Guid tenantId, string type, Guid id, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("select tag, id from tags where record_type = $1 and record_id = $2")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = type }, new NpgsqlParameter<Guid> { TypedValue = id } },
        };
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var tags = new Dictionary<string, Guid>(StringComparer.Ordinal);
            while (await reader.ReadAsync(token))
                tags[reader.GetString(0)] = reader.GetGuid(1);
            return tags;
        }, ct);
    }

    private const string CommentColumns = "id, author_id, author, body, is_internal, created_at, updated_at, version";

    private static async Task<Comment> OwnCommentAsync(Database database, Caller caller, string type, Guid id, Guid commentId, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand($"select {CommentColumns} from comments where id = $1 and record_type = $2 and record_id = $3")
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = commentId },
                new NpgsqlParameter<string> { TypedValue = type },
                new NpgsqlParameter<Guid> { TypedValue = id },
            },
        };
        var comment = (await database.ReadAsync(caller.TenantId, command, ReadCommentsAsync, ct)).FirstOrDefault()
            ?? throw new ProblemException(404, "not_found", "There is no such comment on this record.");
        return comment.AuthorId == caller.UserId
            ? comment
            : throw new ProblemException(403, "not_the_author", "Only the author of a comment may change or delete it.");
    }

    private static async Task<List<Comment>> ReadCommentsAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var comments = new List<Comment>();
        while (await reader.ReadAsync(ct))
        {
            comments.Add(new Comment(
                reader.GetGuid(0), Optional<Guid>(reader, 1), reader.GetString(2), reader.GetString(3), reader.GetBoolean(4),
                reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<DateTimeOffset>(6), reader.GetInt64(7)));
        }
        return comments;
    }

    private static T? Optional<T>(NpgsqlDataReader reader, int ordinal)
        where T : struct => reader.IsDBNull(ordinal) ? null : reader.GetFieldValue<T>(ordinal);

    private sealed record Comment(
        Guid Id, Guid? AuthorId, string Author, string Body, bool IsInternal, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Version)
    {
        public object?[] Row(Guid tenantId, string type, Guid recordId) =>
            [tenantId, Id, type, recordId, AuthorId, Author, Body, IsInternal, CreatedAt, UpdatedAt, Version];

        public JsonObject ToJson() => new()
        {
            ["id"] = Id.ToString(),
            ["version"] = Version,
            ["body"] = Body,
            ["isInternal"] = IsInternal,
            ["authorId"] = AuthorId?.ToString(),
            ["author"] = Author,
            ["createdAt"] = CreatedAt,
            ["updatedAt"] = UpdatedAt,
        };
    }
}
