using FluentAssertions;

using Switchboard.Workflows.Execution;

using Xunit;

namespace Switchboard.Workflows.Tests;

public sealed class SequenceTests
{
    [Fact]
    public async Task A_sequence_runs_its_activities_in_order()
    {
        var instance = await TestInstance.StartAsync(Define.Sequence(Define.Line("one"), Define.Line("two")));

        instance.Lines.Should().Equal("one", "two");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        instance.Story.Should().Equal("Started seq", "Started one", "Completed one", "Started two", "Completed two", "Completed seq");
    }
}
