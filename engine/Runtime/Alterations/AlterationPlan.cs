using System.Text.Json.Nodes;

using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Runtime.Operations;

namespace Switchboard.Runtime.Alterations;

/// <summary>Alterations of many instances, one after the other; how far it is survives the process.</summary>
public sealed class AlterationPlan(InstanceAlterations alterations) : OperationKind
{
    public const string KindName = "alterations";

    public override string Name => KindName;

    /// <param name="instanceIds">Chosen when the plan was made: what starts later is not altered.</param>
    public static JsonObject Request(JsonArray alterations, IEnumerable<Guid> instanceIds, ChangeContext context) => new()
    {
        ["alterations"] = alterations.DeepClone(),
        ["instanceIds"] = new JsonArray([.. instanceIds.Select(id => (JsonNode)id.ToString())]),
        ["actorId"] = context.ActorId?.ToString(),
        ["actor"] = context.Actor,
    };

    public override async Task RunAsync(OperationRun run, CancellationToken ct)
    {
        var request = run.Operation.Request;
        var ids = (JsonArray)request["instanceIds"]!;
        run.Operation.Total = ids.Count;
        while (run.Operation.Done < ids.Count)
        {
            run.ThrowIfStopped();
            var id = Guid.Parse((string)ids[(int)run.Operation.Done]!);
            var result = await alterations.ApplyAsync(run.TenantId, id, (JsonArray)request["alterations"]!, run.ChangeByActor("altered"), ct);
            var all = (JsonObject?)run.Operation.Result?.DeepClone() ?? new JsonObject { ["jobs"] = new JsonArray() };
            ((JsonArray)all["jobs"]!).Add((JsonNode)result.ToJson());
            run.Operation.Result = all;
            run.Operation.Done++;
            await run.CommitAsync(new Step(run.TenantId), isLarge: false, ct);
        }
    }
}
