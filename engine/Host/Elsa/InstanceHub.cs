using Microsoft.AspNetCore.SignalR;

using Switchboard.Host.Identity;

namespace Switchboard.Host.Elsa;

/// <summary>
/// <c>/elsa/hubs/workflow-instance</c>: Studio says which instance it shows and is told whenever a step of it was committed.
/// The messages are Elsa's; what they are made of is <see cref="InstanceWatch"/>'s.
/// </summary>
internal sealed class InstanceHub(InstanceWatch watch) : Hub
{
    public const string Address = "/elsa/hubs/workflow-instance";

    private const int MostAtOnce = 20;

    /// <remarks>SignalR calls methods by their names, and this one's is Elsa's.</remarks>
    public async Task ObserveInstanceAsync(string instanceId)
    {
        var caller = Context.GetHttpContext()!.Caller();
        if (!caller.Permissions.Allows("workflow-instances:read"))
            throw new HubException("Access denied.");
        if (!Guid.TryParse(instanceId, out var id) || !await watch.ExistsAsync(caller.TenantId, id, Context.ConnectionAborted))
            throw new HubException($"There is no workflow instance {instanceId}.");
        if (!watch.Add(Context.ConnectionId, caller, id, MostAtOnce))
            throw new HubException($"One connection observes at most {MostAtOnce} instances.");
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        watch.Remove(Context.ConnectionId);
        return base.OnDisconnectedAsync(exception);
    }
}
