using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Execution;

using Xunit;

namespace Switchboard.Engine.Tests.Bursts;

/// <summary>What the journal's rows leave out is there again when they are read.</summary>
public sealed class JournalJsonTests
{
    private static readonly Guid Instance = Guid.Parse("01890000-0000-7000-8000-000000000001");
    private static readonly DateTimeOffset At = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_entry_says_which_activity_it_is_of()
    {
        var written = JournalJson.Write([Entry(1, 2, "Started"), Entry(2, 3, "Started", parent: 2), Entry(3, 3, "Completed", parent: 2), Entry(4, 2, "Suspended")], Instance.ToString(), At);

        var read = JournalJson.Read(written, Instance, At);

        read.Select(entry => (entry.Sequence, entry.ActivityInstanceId, entry.ParentActivityInstanceId, entry.ActivityId, entry.NodeId, entry.ActivityType, entry.ActivityTypeVersion, entry.ActivityName, entry.EventName, entry.At)).Should().Equal(
            (1, $"{Instance}_2", null, "a2", "root:a2", "Elsa.T2", 2, "Activity 2", "Started", At),
            (2, $"{Instance}_3", $"{Instance}_2", "a3", "root:a3", "Elsa.T3", 2, "Activity 3", "Started", At),
            (3, $"{Instance}_3", $"{Instance}_2", "a3", "root:a3", "Elsa.T3", 2, "Activity 3", "Completed", At),
            (4, $"{Instance}_2", null, "a2", "root:a2", "Elsa.T2", 2, "Activity 2", "Suspended", At));
        JsonNode.Parse(written)!.AsArray().Count(entry => entry!["node"] is not null).Should().Be(2, "an execution is named once");
    }

    [Fact]
    public void What_one_entry_tells_is_not_told_by_the_next()
    {
        var first = Entry(1, 2, "Started") with { Message = "once", ActivityState = new JsonObject { ["Text"] = "x" }, Payload = new JsonObject { ["p"] = 1 }, Outputs = new JsonObject { ["o"] = 2 } };
        var last = Entry(2, 2, "Completed") with { At = At.AddSeconds(1) };

        var read = JournalJson.Read(JournalJson.Write([first, last], Instance.ToString(), At), Instance, At);

        read[0].Message.Should().Be("once");
        read[0].ActivityState!.ToJsonString().Should().Be("""{"Text":"x"}""");
        (read[1].Message, read[1].ActivityState, read[1].Payload, read[1].Outputs, read[1].At).Should().Be((null, null, null, null, At.AddSeconds(1)));
    }

    [Fact]
    public void An_execution_that_has_moved_to_another_node_says_so()
    {
        var read = JournalJson.Read(JournalJson.Write([Entry(1, 2, "Started"), Entry(2, 2, "Moved") with { NodeId = "root:new:a2" }], Instance.ToString(), At), Instance, At);

        read.Select(entry => entry.NodeId).Should().Equal("root:a2", "root:new:a2");
    }

    [Fact]
    public void Rows_of_earlier_releases_name_the_activity_in_every_entry()
    {
        var read = JournalJson.Read(
            """
            [{"n":1,"event":"Started","id":"_2","parent":"_1","activity":"a","node":"root:a","type":"Elsa.A"},
             {"n":2,"event":"Completed","id":"_2","parent":"_1","activity":"a","node":"root:a","type":"Elsa.A","payload":{"Outcomes":["Done"]}}]
            """,
            Instance,
            At);

        read.Should().OnlyContain(entry => entry.ActivityInstanceId == $"{Instance}_2" && entry.ParentActivityInstanceId == $"{Instance}_1" && entry.NodeId == "root:a");
    }

    private static JournalEntry Entry(long sequence, int number, string eventName, int parent = 0) => new()
    {
        Sequence = sequence,
        ActivityNumber = number,
        ParentNumber = parent,
        ActivityInstanceId = $"{Instance}_{number}",
        ActivityId = $"a{number}",
        NodeId = $"root:a{number}",
        ActivityType = $"Elsa.T{number}",
        ActivityTypeVersion = 2,
        ActivityName = $"Activity {number}",
        EventName = eventName,
        At = At,
    };
}
