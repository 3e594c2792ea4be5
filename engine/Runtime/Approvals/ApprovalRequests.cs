using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Approvals;
using Switchboard.Domain.Identity;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Decisions;
using Switchboard.Runtime.Work;

namespace Switchboard.Runtime.Approvals;

/// <param name="Type">Of the approval.</param>
/// <param name="Title">Null for one that is made of the type and the subject.</param>
/// <param name="Data">What the rules may look at, and the deciders.</param>
public sealed record ApprovalRequest(string Type, string? Title, RecordType? SubjectType, Guid? SubjectId, JsonObject Data);

/// <summary>
/// What requesters do: they ask, and the rules say who must agree and by which workflow; they withdraw, or submit again with
/// changes, upon which the rules are asked anew. Deciding is completing a task.
/// </summary>
public sealed class ApprovalRequests(
    RecordReader records, RecordValidation validation, FieldCatalogue catalogue, DecisionEngine decisions, Definitions definitions, Lifecycles lifecycles,
    Actions actions, GroupCommitter committer)
{
    /// <summary>The decision or rule set that gives <c>{levels, reason?, workflow?}</c>; a tenant publishes its own under this key.</summary>
    public const string RulesKey = "approval-levels";

    private static readonly RecordType Type = RecordTypes.Of<Approval>();

    /// <param name="also">Adds to the same step: an idempotency key.</param>
    /// <exception cref="ProblemException">422 for the request, the rules' answer, or a workflow that is not published.</exception>
    public async Task<Approval> RequestAsync(Guid tenantId, ApprovalRequest request, Guid requesterId, ChangeContext context, Action<Step, Approval>? also, CancellationToken ct)
    {
        var subject = await SubjectAsync(tenantId, request, ct);
        var approval = new Approval
        {
            Id = Guid.CreateVersion7(context.At),
            TenantId = tenantId,
            Type = request.Type,
            Title = request.Title ?? TitleOf(request, subject),
            SubjectType = request.SubjectType?.Name,
            SubjectId = request.SubjectId,
            RequesterId = requesterId,
            Data = request.Data.DeepClone(),
        };
        await ThrowIfInvalidAsync(tenantId, new RecordChange(null, approval), ct);
        var rules = await AskRulesAsync(tenantId, approval, requesterId, context, ct);
        (approval.Levels, approval.Reason, approval.Workflow, approval.DecisionId) = (rules.Levels, rules.Reason, rules.Workflow, rules.Made.Record.Id);
        if (definitions.FindPublished(tenantId, approval.OwnWorkflow ?? Type.Lifecycle!) is null)
            throw new ProblemException(422, "unknown_workflow", $"The rules for approvals chose the workflow {approval.OwnWorkflow ?? Type.Lifecycle}, which is not published.");

        var step = new Step(tenantId);
        context = context with { Action = "requested", DecisionId = rules.Made.Record.Id };
        approval.CreatedAt = approval.UpdatedAt = FieldText.Microseconds(context.At);
        await lifecycles.StartAsync(step, Type, approval, context, ct);
        RecordChanges.Create(step, Type, approval, context);
        DecisionLog.Add(step, rules.Made.Record);
        also?.Invoke(step, approval);
        await committer.CommitAsync(step, ct);
        return approval;
    }

    /// <exception cref="ProblemException">403 for anybody but the requester; 409 when it has ended.</exception>
    public Task<Approval> WithdrawAsync(Guid tenantId, Guid id, Guid userId, string? comment, ChangeContext context, Action<Step, Approval>? also, CancellationToken ct) =>
        PerformAsync(tenantId, id, userId, "withdraw", comment is null ? [] : new JsonObject { ["comment"] = comment }, context, null, also, ct);

    /// <summary>Asks again, with other data, after changes were asked for.</summary>
    /// <exception cref="ProblemException">403 for anybody but the requester; 409 unless changes were requested.</exception>
    public async Task<Approval> ResubmitAsync(
        Guid tenantId, Guid id, Guid userId, JsonObject? changes, string? comment, ChangeContext context, Action<Step, Approval>? also, CancellationToken ct)
    {
        var before = await OwnAsync(tenantId, id, userId, ct);
        var after = (Approval)RecordChanges.Copy(Type, before);
        if (changes is not null)
            after.Data = changes.DeepClone();
        await ThrowIfInvalidAsync(tenantId, new RecordChange(before, after), ct);
        var rules = await AskRulesAsync(tenantId, after, userId, context, ct);
        var data = new JsonObject
        {
            ["data"] = after.Data?.DeepClone(),
            ["levels"] = rules.Levels,
            ["decisionId"] = rules.Made.Record.Id.ToString(),
        };
        if (rules.Reason is not null)
            data["reason"] = rules.Reason;
        if (comment is not null)
            data["comment"] = comment;
        return await PerformAsync(tenantId, id, userId, "resubmit", data, context with { DecisionId = rules.Made.Record.Id }, rules.Made, also, ct);
    }

    private async Task<Approval> PerformAsync(
        Guid tenantId, Guid id, Guid userId, string action, JsonObject data, ChangeContext context, MadeDecision? made, Action<Step, Approval>? also, CancellationToken ct)
    {
        await OwnAsync(tenantId, id, userId, ct);
        var delivery = new Delivery(context)
        {
            Also = (step, delivered) =>
            {
                if (made is not null)
                    DecisionLog.Add(step, made.Record);
                also?.Invoke(step, (Approval)delivered.Subject!);
                return default;
            },
        };
        var result = await actions.PerformAsync(tenantId, Type, id, action, data, _ => true, delivery, ct, byService: true);
        return (Approval)result.Subject!;
    }

    private async Task<Approval> OwnAsync(Guid tenantId, Guid id, Guid userId, CancellationToken ct)
    {
        var approval = (Approval?)await records.GetAsync(tenantId, Type, id, ct) ?? throw ProblemException.NotFound(Type, id);
        return approval.RequesterId == userId
            ? approval
            : throw new ProblemException(403, "not_the_requester", "Only whoever asked for the approval can withdraw it or submit it again.");
    }

    private async Task<Record?> SubjectAsync(Guid tenantId, ApprovalRequest request, CancellationToken ct)
    {
        if (request is not { SubjectType: { } type, SubjectId: { } id })
            return null;
        return await records.GetAsync(tenantId, type, id, ct)
            ?? throw ProblemException.Invalid([new FieldError("subject/id", "unknown_reference", $"There is no record {id} in {type.Name}.")]);
    }

    private async Task ThrowIfInvalidAsync(Guid tenantId, RecordChange change, CancellationToken ct)
    {
        var custom = await catalogue.OfAsync(tenantId, Type, ct);
        var errors = (await validation.CheckAsync(tenantId, Type, custom, [change], ct))[0].Where(error => !error.Field.StartsWith("custom/", StringComparison.Ordinal)).ToList();
        if (errors.Count > 0)
            throw ProblemException.Invalid(errors);
    }

    private async Task<(JsonArray Levels, string? Reason, string? Workflow, MadeDecision Made)> AskRulesAsync(
        Guid tenantId, Approval approval, Guid requesterId, ChangeContext context, CancellationToken ct)
    {
        var input = (JsonObject?)approval.Data?.DeepClone() ?? [];
        if (input["amount"] is { } amount && AmountOf(amount) is { } number)
            input["amount"] = number;
        (input["type"], input["subjectType"]) = (approval.Type, approval.SubjectType);
        var cause = new JsonObject
        {
            ["actor"] = context.Actor,
            ["actorId"] = context.ActorId?.ToString(),
            ["traceId"] = context.TraceId,
            ["subject"] = new JsonObject { ["type"] = Type.Name, ["id"] = approval.Id.ToString() },
        };
        var made = await decisions.DecideAsync(tenantId, new DecisionRequest(RulesKey, input) { OffersMore = true }, cause, FieldText.Microseconds(context.At), ct);
        var output = made.Record.Output as JsonObject ?? throw new ProblemException(422, "invalid_levels", $"The rules {RulesKey} gave no levels for an approval of the type {approval.Type}.");
        var users = await UsersAsync(tenantId, ApprovalLevels.UsersOf(output["levels"]), ct);
        var reason = output["reason"] is JsonValue text && text.TryGetValue<string>(out var words) ? words.Length <= 1000 ? words : words[..1000] : null;
        var workflow = output["workflow"] is JsonValue named && named.TryGetValue<string>(out var key) && key.Length is > 0 and <= 100 ? key : null;
        return (ApprovalLevels.Read(output["levels"], users.GetValueOrDefault, requesterId), reason, workflow, made);
    }

    /// <summary>Active users by what the rules call them: an id or an e-mail address.</summary>
    private async Task<Dictionary<string, Guid?>> UsersAsync(Guid tenantId, IEnumerable<string> names, CancellationToken ct)
    {
        var all = names.Distinct().ToList();
        var type = RecordTypes.Of<User>();
        var byEmail = await records.FindByNaturalKeyAsync(tenantId, type, [.. all.Select(name => name.ToLowerInvariant())], ct);
        var ids = all.ToDictionary(name => name, name => Guid.TryParse(name, out var id) ? id : byEmail.TryGetValue(name.ToLowerInvariant(), out var found) ? found : (Guid?)null);
        var users = await records.GetManyAsync(tenantId, type, [.. ids.Values.OfType<Guid>().Distinct()], ct);
        return ids.ToDictionary(pair => pair.Key, pair => pair.Value is { } id && users.GetValueOrDefault(id) is User { IsActive: true } ? id : (Guid?)null);
    }

    /// <summary>A number, or money.</summary>
    private static JsonNode? AmountOf(JsonNode amount) => amount switch
    {
        JsonObject money when money["amount"] is { } inner and not JsonObject => AmountOf(inner),
        JsonValue value when value.GetValueKind() == JsonValueKind.String && decimal.TryParse((string?)value, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    private static string TitleOf(ApprovalRequest request, Record? subject)
    {
        var kind = request.Type.Replace('_', ' ');
        if (subject is null || request.SubjectType?.NaturalKey?.Get(subject) is not string name)
            return kind;
        var title = $"{kind} for {name}";
        return title.Length <= 300 ? title : title[..300];
    }
}
