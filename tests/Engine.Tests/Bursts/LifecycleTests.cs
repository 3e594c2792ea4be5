using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Switchboard.Runtime.Bursts;
using Switchboard.Tests.Support;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

using Xunit;

using static Switchboard.Engine.Tests.Bursts.Workflows;

namespace Switchboard.Engine.Tests.Bursts;

public sealed class LifecycleTests : IAsyncLifetime
{
    private static readonly RecordType Numbers = RecordTypes.Of<PhoneNumber>();

    private static readonly WorkflowDefinition Porting = Of("number-porting", new JsonObject
    {
        ["id"] = "porting",
        ["type"] = "Elsa.StateMachine",
        ["version"] = 1,
        ["initialState"] = "not_started",
        ["states"] = new JsonArray([.. new[] { "not_started", "loa_submitted", "loa_rejected", "ported", "verified" }.Select(name => new JsonObject { ["name"] = name })]),
        ["transitions"] = new JsonArray(
            Transition("not_started", "loa_submitted", Event("submit")),
            Transition("loa_submitted", "ported", Event("port")),
            Transition("ported", "verified", Activity("Elsa.WriteLine", "at-once", ("text", Literal("verified at once"))))),
    });

    private string owner = "";
    private EngineNode node = null!;
    private Guid migrationId;

    public async Task InitializeAsync()
    {
        owner = await TestPostgres.CreateDatabaseAsync("lifecycles");
        node = new EngineNode(owner, null, Porting);
        var step = new Step(node.Tenant);
        var site = new Site { Name = "HQ", Timezone = "Europe/Berlin" };
        RecordChanges.Create(step, RecordTypes.Of<Site>(), site, Change());
        var migration = new Migration { Name = "HQ", SiteId = site.Id };
        RecordChanges.Create(step, RecordTypes.Of<Migration>(), migration, Change());
        await node.Committer.CommitAsync(step, CancellationToken.None);
        migrationId = migration.Id;
    }

    public async Task DisposeAsync() => await node.DisposeAsync();

    [Fact]
    public async Task A_new_record_and_its_instance_are_one_step()
    {
        var number = await CreateAsync("+49301230100");

        number.Status.Should().Be("not_started");
        (await node.QueryAsync("select definition_id, subject_type, subject_id, sub_status from instances where id = $1", number.InstanceId!))
            .Should().ContainSingle().Which.Should().Equal("number-porting", "phone-numbers", number.Id, "Suspended");
        var stored = (PhoneNumber)(await node.Store.FindRecordAsync(node.Tenant, Numbers, number.Id, fresh: true, CancellationToken.None))!;
        stored.InstanceId.Should().Be(number.InstanceId);
        stored.Status.Should().Be("not_started");
        (await HistoryAsync(number)).Should().ContainSingle().Which[0].Should().Be("created");
    }

    [Fact]
    public async Task A_transition_changes_status_history_audit_journal_and_event_together()
    {
        var number = await CreateAsync("+49301230101");

        var result = await SendAsync(node, number, "submit");

        result.Subject.Should().BeOfType<PhoneNumber>().Which.Should().BeEquivalentTo(new { Status = "loa_submitted", Version = 2L });
        var history = (await HistoryAsync(number))[1];
        history[..3].Should().Equal("submit", "workflow/number-porting@1", number.InstanceId);
        JsonNode.DeepEquals(JsonNode.Parse((string)history[3]!), JsonNode.Parse("""[{"field": "status", "oldValue": "not_started", "newValue": "loa_submitted"}]"""))
            .Should().BeTrue("it is {0}", history[3]);
        (await node.CountAsync("select count(*) from audit where subject_id = $1", number.Id)).Should().Be(2);
        (await node.CountAsync("select count(*) from events where subject_id = $1", number.Id)).Should().Be(2);
        (await node.CountAsync("select count(*) from journal where instance_id = $1", number.InstanceId!)).Should().Be(2);
    }

    [Fact]
    public async Task Every_state_that_a_burst_passes_is_a_change_of_its_own()
    {
        var number = await CreateAsync("+49301230102");
        await SendAsync(node, number, "submit");

        var result = await SendAsync(node, number, "port");

        ((PhoneNumber)result.Subject!).Status.Should().Be("verified");
        var changes = JsonNode.Parse((string)(await HistoryAsync(number))[2][3]!)!.AsArray();
        changes.Select(change => $"{change!["oldValue"]} → {change["newValue"]}").Should().Equal("loa_submitted → ported", "ported → verified");
        result.Subject.Version.Should().Be(3);
    }

    [Fact]
    public async Task A_change_of_the_record_by_someone_else_in_between_survives()
    {
        await using var other = new EngineNode(owner, null, Porting) { Tenant = node.Tenant };
        var number = await CreateAsync("+49301230103");
        var first = true;
        var delivery = node.Delivery with
        {
            Also = async (_, _) =>
            {
                if (!first)
                    return;
                first = false;
                await NoteAsync(other, number.Id, "noted in between");
            },
        };

        await SendAsync(node, number, "submit", delivery);

        var stored = (PhoneNumber)(await node.Store.FindRecordAsync(node.Tenant, Numbers, number.Id, fresh: true, CancellationToken.None))!;
        stored.Should().BeEquivalentTo(new { Notes = "noted in between", Status = "loa_submitted", Version = 3L });
    }

    [Fact]
    public async Task A_change_by_this_node_is_seen_by_the_next_burst()
    {
        var number = await CreateAsync("+49301230104");
        await SendAsync(node, number, "submit");
        await NoteAsync(node, number.Id, "noted here");

        var result = await SendAsync(node, number, "port");

        ((PhoneNumber)result.Subject!).Notes.Should().Be("noted here");
        result.Subject.Version.Should().Be(4);
    }

    [Fact]
    public async Task A_caller_who_has_seen_another_version_is_told_so()
    {
        var number = await CreateAsync("+49301230105");
        await NoteAsync(node, number.Id, "newer");

        var stale = () => SendAsync(node, number, "submit", node.Delivery with { SubjectVersion = 1 });

        (await stale.Should().ThrowAsync<ProblemException>()).Which.Status.Should().Be(412);
        (await SendAsync(node, number, "submit", node.Delivery with { SubjectVersion = 2 })).Subject!.Version.Should().Be(3);
    }

    [Fact]
    public async Task Deleting_a_record_cancels_its_instance_in_the_same_step()
    {
        var number = await CreateAsync("+49301230106");
        var step = new Step(node.Tenant);
        await node.Lifecycles.EndAsync(step, Numbers, number, Change(), CancellationToken.None);
        RecordChanges.Delete(step, Numbers, number, Change());

        (await node.Committer.CommitAsync(step, CancellationToken.None)).Should().Be(StepOutcome.Committed);

        (await node.QueryAsync("select sub_status from instances where id = $1", number.InstanceId!))[0][0].Should().Be("Cancelled");
        (await node.CountAsync("select count(*) from bookmarks where instance_id = $1", number.InstanceId!)).Should().Be(0);
    }

    [Fact]
    public async Task Without_a_published_lifecycle_a_record_has_no_instance()
    {
        node.Definitions.Retract(node.Tenant, "number-porting");

        (await CreateAsync("+49301230107")).InstanceId.Should().BeNull();
    }

    [Fact]
    public async Task A_tenants_own_version_runs_for_new_records_and_old_ones_keep_theirs()
    {
        var old = await CreateAsync("+49301230108");
        var json = (JsonObject)Porting.Json.DeepClone();
        json["version"] = 2;
        json["root"]!["initialState"] = "loa_submitted";
        node.Definitions.Publish(node.Tenant, WorkflowDefinition.Of(json));

        (await CreateAsync("+49301230109")).Status.Should().Be("loa_submitted");
        ((PhoneNumber)(await SendAsync(node, old, "submit")).Subject!).Status.Should().Be("loa_submitted");
        (await node.QueryAsync("select definition_version from instances order by id")).Select(row => row[0]).Should().Equal(1, 2);
    }

    private static JsonObject Transition(string from, string to, JsonObject trigger) => new() { ["name"] = to, ["from"] = from, ["to"] = to, ["trigger"] = trigger };

    private ChangeContext Change(string action = "") => new(null, "tester", action, node.Time.GetUtcNow());

    private async Task<PhoneNumber> CreateAsync(string e164)
    {
        var step = new Step(node.Tenant);
        var number = new PhoneNumber { Number = e164, MigrationId = migrationId };
        await node.Lifecycles.StartAsync(step, Numbers, number, Change(), CancellationToken.None);
        RecordChanges.Create(step, Numbers, number, Change());
        await node.Committer.CommitAsync(step, CancellationToken.None);
        return number;
    }

    private static Task<DeliveryResult> SendAsync(EngineNode to, PhoneNumber number, string name, Delivery? delivery = null)
    {
        var hash = StimulusHash.OfEvent(name);
        return to.Runner.DeliverAsync(
            to.Tenant, number.InstanceId!.Value,
            state => state.Bookmarks.FirstOrDefault(bookmark => bookmark.Hash == hash) is { } found ? new Stimulus.Resume(found.Id) : null,
            delivery ?? new Delivery(new ChangeContext(null, "tester", name, to.Time.GetUtcNow())), CancellationToken.None);
    }

    private async Task NoteAsync(EngineNode by, Guid id, string notes)
    {
        var before = (PhoneNumber)(await by.Store.FindRecordAsync(by.Tenant, Numbers, id, fresh: true, CancellationToken.None))!;
        var after = CopyOf(before);
        after.Notes = notes;
        var step = new Step(by.Tenant);
        RecordChanges.Update(step, Numbers, before, after, Change());
        (await by.Committer.CommitAsync(step, CancellationToken.None)).Should().Be(StepOutcome.Committed);
    }

    private static PhoneNumber CopyOf(PhoneNumber record)
    {
        var copy = new PhoneNumber();
        (copy.Id, copy.TenantId, copy.Version, copy.CreatedAt, copy.UpdatedAt) = (record.Id, record.TenantId, record.Version, record.CreatedAt, record.UpdatedAt);
        foreach (var field in Numbers.Fields)
            field.Set(copy, field.Get(record));
        return copy;
    }

    private Task<List<object?[]>> HistoryAsync(PhoneNumber number) =>
        node.QueryAsync("select action, artefact, instance_id, changes::text from history where record_id = $1 order by id", number.Id);
}
