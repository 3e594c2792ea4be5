using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>Instances that failed for want of something, and go on when it is there.</summary>
[Collection(nameof(ApiHost))]
public sealed class RetryTests(ApiHost host)
{
    [Theory]
    [InlineData("Elsa.ExecuteWorkflow", true, "/elsa/api/alterations/workflows/retry")]
    [InlineData("Elsa.ExecuteWorkflow", false, "/api/workflow-instances/{0}/retry")]
    [InlineData("Elsa.DispatchWorkflow", true, "/api/workflow-instances/{0}/retry")]
    [InlineData("Elsa.DispatchWorkflow", false, "/elsa/api/alterations/workflows/retry")]
    public async Task A_workflow_that_is_published_after_its_parent_failed_is_run_by_a_retry(string type, bool wait, string retry)
    {
        var child = Draw.NewId("late-child");
        var parent = await host.Admin.PublishAsync(Draw.Definition(Draw.NewId("early-parent"), Draw.Sequence(
            Draw.Activity(type, "run", ("workflowDefinitionId", Draw.Literal(child)), ("waitForCompletion", Draw.Literal(wait, "Boolean"))),
            Draw.Line("after", "after"))));
        var id = await host.Admin.ExecuteAsync(parent);
        var faulted = await host.Admin.WaitForAsync(id, "Faulted");
        ((string)faulted["workflowState"]!["incidents"]!.AsArray().Single()!["message"]!).Should().Contain(child);

        await host.Admin.PublishAsync(Draw.Definition(child, Draw.Sequence(Draw.Line("line", "child"))));
        await host.Admin.OkAsync(HttpMethod.Post, string.Format(System.Globalization.CultureInfo.InvariantCulture, retry, id), retry.Contains("elsa") ? new { workflowInstanceIds = new[] { id } } : new { });

        var finished = await host.Admin.WaitForAsync(id, "Finished");
        finished["workflowState"]!["incidents"]!.AsArray().Should().BeEmpty();
        ((int)finished["incidentCount"]!).Should().Be(0);
        (await host.Admin.LinesAsync(id)).Should().Equal("after");
        var children = await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-instances?definitionId={child}");
        for (var looks = 0; looks < 200 && children["items"]!.AsArray().Count == 0; looks++) // a parent that does not wait may end first
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            children = await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-instances?definitionId={child}");
        }
        children["items"]!.AsArray().Should().ContainSingle("it was started once");
    }

    [Fact]
    public async Task A_parent_whose_child_may_not_start_fails_instead_of_waiting_for_ever()
    {
        var single = Draw.Definition(Draw.NewId("single"), Draw.Sequence(Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal(Draw.NewId("never"))))));
        single["options"] = new JsonObject { ["activationStrategyType"] = "Elsa.Workflows.ActivationStrategies.SingletonStrategy" };
        var child = await host.Admin.PublishAsync(single);
        var running = await host.Admin.ExecuteAsync(child);
        var parent = await host.Admin.PublishAsync(Draw.Definition(Draw.NewId("impatient"), Draw.Sequence(
            Draw.Activity("Elsa.DispatchWorkflow", "run", ("workflowDefinitionId", Draw.Literal(child)), ("waitForCompletion", Draw.Literal(true, "Boolean"))))));
        var id = await host.Admin.ExecuteAsync(parent);

        var faulted = await host.Admin.WaitForAsync(id, "Faulted");

        ((string)faulted["workflowState"]!["incidents"]!.AsArray().Single()!["message"]!).Should().Contain("does not allow another running instance");
        await host.Admin.OkAsync(HttpMethod.Post, $"/api/workflow-instances/{running}/cancel", new { });
        await host.Admin.OkAsync(HttpMethod.Post, $"/api/workflow-instances/{id}/retry", new { });
        (await host.Admin.WaitForAsync(id, "Suspended"))["workflowState"]!["incidents"]!.AsArray().Should().BeEmpty();
    }
}
