using System.Net.WebSockets;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>Elsa's live updates: what Studio is told of an instance that it shows.</summary>
[Collection(nameof(ApiHost))]
public sealed class InstanceHubTests(ApiHost host)
{
    private const string Address = "/elsa/hubs/workflow-instance";

    [Fact]
    public async Task Who_observes_an_instance_is_told_of_each_committed_step()
    {
        var instance = await WaitingAsync("observed");
        await using var hub = await HubSocket.OpenAsync(host, host.Admin, Address);
        (await hub.InvokeAsync("ObserveInstanceAsync", instance)).Should().BeNull();

        var before = await hub.NextAsync("ActivityExecutionLogUpdatedAsync", stats => Of(stats, "wait") is not null);
        ((bool)Of(before, "wait")!["isBlocked"]!).Should().BeTrue("what happened before is told at once");
        Of(before, "line").Should().BeNull();
        (await hub.NextAsync("ActivityExecutionLogUpdatedAsync", _ => true)).ToJsonString().Should().Be(before.ToJsonString(), "who listens late is told once more");
        await host.Admin.SendAsync(HttpMethod.Post, "/elsa/api/events/observed/trigger", new { workflowInstanceId = instance });

        var after = await hub.NextAsync("ActivityExecutionLogUpdatedAsync", stats => Of(stats, "line") is not null);
        ((int)Of(after, "wait")!["completedCount"]!).Should().Be(1);
        ((int)Of(after, "line")!["completedCount"]!).Should().Be(1);
        (await hub.NextAsync("ActivityExecutionLogUpdatedAsync", _ => true)).ToJsonString().Should().Be(after.ToJsonString(), "who was drawing just then is told once more");
        await hub.NextAsync("WorkflowExecutionLogUpdatedAsync", _ => true);
        await hub.NextAsync("WorkflowInstanceUpdatedAsync", told => (string?)told["workflowInstanceId"] == instance);
        (await host.Admin.OkAsync(HttpMethod.Get, "/elsa/api/features/installed"))["items"]!.AsArray()
            .Should().Contain(feature => (string)feature!["fullName"]! == "Elsa.RealTimeWorkflowUpdates", "without it Studio does not come here");
    }

    [Fact]
    public async Task An_instance_can_be_observed_by_its_readers_alone()
    {
        var instance = await WaitingAsync("private");
        var (_, other) = await host.TenantAsync("Observers");
        await using var theirs = await HubSocket.OpenAsync(host, other, Address);
        await using var limited = await HubSocket.OpenAsync(host, await host.UserAsync("sites:read"), Address);
        await using var own = await HubSocket.OpenAsync(host, host.Admin, Address);

        (await theirs.InvokeAsync("ObserveInstanceAsync", instance)).Should().Contain("There is no workflow instance");
        (await limited.InvokeAsync("ObserveInstanceAsync", instance)).Should().Contain("Access denied");
        (await own.InvokeAsync("ObserveInstanceAsync", "no-guid")).Should().Contain("There is no workflow instance");
        (await own.InvokeAsync("ObserveInstanceAsync", instance)).Should().BeNull();
        (await own.InvokeAsync("ObserveInstanceAsync", instance)).Should().BeNull("again is no error");

        using var socket = new ClientWebSocket();
        var connect = () => socket.ConnectAsync(new Uri($"ws://{host.Address.Authority}{Address}"), CancellationToken.None);
        await connect.Should().ThrowAsync<WebSocketException>("the hub needs a token");
    }

    private async Task<string> WaitingAsync(string name)
    {
        var id = await host.Admin.PublishAsync(Draw.Definition(
            Draw.NewId(name), Draw.Sequence(Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal(name))), Draw.Line("line", "on"))));
        return await host.Admin.ExecuteAsync(id, new { });
    }

    private static JsonNode? Of(JsonObject told, string activity) =>
        told["stats"]!.AsArray().SingleOrDefault(stats => (string)stats!["activityId"]! == activity);
}
