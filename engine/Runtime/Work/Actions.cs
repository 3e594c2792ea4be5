using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Work;

/// <summary>Something that can be done with a record now.</summary>
/// <param name="BookmarkId">Where the instance waits for it.</param>
/// <param name="Permission">What the caller needs; null for the record type's <c>act</c>.</param>
/// <param name="Fields">Which data it takes, as <see cref="ActionData"/> reads it.</param>
/// <param name="ByServiceOnly">Whether only a task's completion or an endpoint of its own performs it; clients are not offered it.</param>
public sealed record AvailableAction(string Name, string Label, string? Form, string? Permission, string BookmarkId, JsonArray? Fields, bool ByServiceOnly = false);

/// <summary>What a record's instance waits for now.</summary>
public sealed record ActionOffer(string? Status, Guid? InstanceId, string? DefinitionId, int? DefinitionVersion, IReadOnlyList<AvailableAction> Actions);

/// <summary>The actions of records: which there are is what the record's instance waits for, and performing one is a stimulus.</summary>
public sealed class Actions(RecordReader records, InstanceStore instances, InstanceRunner runner)
{
    /// <exception cref="ProblemException">404.</exception>
    public async Task<ActionOffer> OfferAsync(Guid tenantId, RecordType type, Guid id, CancellationToken ct)
    {
        var record = await records.GetAsync(tenantId, type, id, ct) ?? throw await records.NotFoundAsync(tenantId, type, id, ct);
        if (record is not LifecycleRecord lifecycle || lifecycle.InstanceId is not { } instanceId
            || await instances.FindAsync(tenantId, instanceId, fresh: true, ct) is not { } stored)
            return new ActionOffer((record as LifecycleRecord)?.Status, null, null, null, []);
        var state = InstanceState.FromJson(stored.State);
        return new ActionOffer(lifecycle.Status, instanceId, state.DefinitionId, state.DefinitionVersion, [.. Of(state).Where(action => !action.ByServiceOnly)]);
    }

    /// <summary>
    /// What can be done with many records now: each action with those that offer it. The same name with other fields is another
    /// action. Who is not there, or waits for nothing, is with none of them.
    /// </summary>
    public async Task<IReadOnlyList<(AvailableAction Action, IReadOnlyList<Guid> Ids)>> OfferManyAsync(Guid tenantId, RecordType type, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        // The store reads those that are asked for at the same time together.
        var waiting = await Task.WhenAll(ids.Distinct().Select(async id =>
            (Id: id, Actions: await instances.FindRecordAsync(tenantId, type, id, fresh: true, ct) is LifecycleRecord { InstanceId: { } instanceId }
                && await instances.FindAsync(tenantId, instanceId, fresh: true, ct) is { } stored ? Of(InstanceState.FromJson(stored.State)) : [])));
        return [.. from record in waiting
                   from action in record.Actions
                   where !action.ByServiceOnly
                   group (record.Id, action) by (action.Name, action.Label, action.Form, action.Permission, action.Fields?.ToJsonString()) into same
                   select (same.First().action, (IReadOnlyList<Guid>)[.. same.Select(one => one.Id)])];
    }

    /// <param name="allowed">Says whether the caller has a permission.</param>
    /// <param name="delivery">What rides in the same step; its context's action is set to the name.</param>
    /// <param name="byService">Whether the caller has looked himself at who may: then also what clients are not offered can be performed.</param>
    /// <returns>The record as committed.</returns>
    /// <exception cref="ProblemException">404; 403; 409 <c>action_not_available</c> with what is; 422 for the data; 412.</exception>
    public async Task<DeliveryResult> PerformAsync(
        Guid tenantId, RecordType type, Guid id, string name, JsonObject data, Func<string, bool> allowed, Delivery delivery, CancellationToken ct,
        bool byService = false)
    {
        var record = await instances.FindRecordAsync(tenantId, type, id, fresh: false, ct)
            ?? throw await records.NotFoundAsync(tenantId, type, id, ct);
        if (record is not LifecycleRecord { InstanceId: { } instanceId } lifecycle)
            throw NotAvailable(type, (record as LifecycleRecord)?.Status, name, []);
        var result = await runner.DeliverAsync(
            tenantId, instanceId, state => Choose(type, lifecycle, name, data, allowed, state, byService),
            delivery with { Context = delivery.Context with { Action = name }, RefusesFault = true }, ct);
        return result.Ignored || result.Subject is null ? throw NotAvailable(type, lifecycle.Status, name, []) : result;
    }

    public static IReadOnlyList<AvailableAction> Of(InstanceState state) =>
    [
        .. from bookmark in state.Bookmarks
           where bookmark.Name == Activities.Action.ActionType && bookmark.Payload is not null
           let payload = bookmark.Payload
           select new AvailableAction(
               (string)payload["name"]!, (string)payload["label"]!, (string?)payload["form"], (string?)payload["permission"], bookmark.Id, payload["fields"] as JsonArray, (bool?)payload["byServiceOnly"] == true),
    ];

    private static Stimulus.Resume Choose(RecordType type, LifecycleRecord record, string name, JsonObject data, Func<string, bool> allowed, InstanceState state, bool byService)
    {
        var offered = Of(state).Where(action => byService || !action.ByServiceOnly).ToList();
        var action = offered.FirstOrDefault(action => action.Name == name) ?? throw NotAvailable(type, record.Status, name, offered);
        if (action.Permission is { } permission && !allowed(permission))
            throw new ProblemException(403, "missing_permission", $"{name} needs the permission {permission}.");
        RefuseInvalid(type, record, action, data);
        return new Stimulus.Resume(action.BookmarkId, data.Count == 0 ? null : data);
    }

    /// <summary>Tried on a copy before anything runs: what the definition asks for, then the record's own rules.</summary>
    private static void RefuseInvalid(RecordType type, Record record, AvailableAction action, JsonObject data)
    {
        if (action.Fields is null && data.Count == 0)
            return;
        var after = RecordView.Copy(type, record);
        var errors = ActionData.Apply(after, action.Fields, data);
        if (errors.Count == 0)
            errors.AddRange(after.Check(new RecordChange(record, after)));
        if (errors.Count > 0)
            throw ProblemException.Invalid(errors);
    }

    private static ProblemException NotAvailable(RecordType type, string? status, string name, List<AvailableAction> offered) => new(
        409, "action_not_available",
        $"{name} is not possible now: the {type.Name} record is {status ?? "without a lifecycle"}{(offered.Count == 0 ? "." : $", which allows {string.Join(", ", offered.Select(action => action.Name))}.")}",
        extensions: new JsonObject { ["allowed"] = new JsonArray([.. offered.Select(action => (JsonNode)action.Name)]) });
}
