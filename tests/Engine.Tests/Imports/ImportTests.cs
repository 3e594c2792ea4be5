using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Data;
using Switchboard.Data.Transfer;
using Switchboard.Domain;
using Switchboard.Domain.Imports;
using Switchboard.Domain.Porting;
using Switchboard.Runtime.Imports;
using Switchboard.Runtime.Operations;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Imports;

public sealed class ImportTests : IAsyncLifetime
{
    private string owner = null!;

    private ImportNode node = null!;

    public async Task InitializeAsync()
    {
        owner = await TestPostgres.CreateDatabaseAsync("imports");
        node = await new ImportNode(owner).StartAsync();
    }

    public async Task DisposeAsync()
    {
        gate.TrySetResult(); // a test that failed midway must not keep its import waiting for ever
        await node.DisposeAsync();
    }

    [PortingDataFact]
    public async Task The_sample_project_comes_out_as_expected() => await ImportProjectAsync(PortingData.Sample());

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Any_project_of_the_same_form_comes_out_as_counted(int seed) => await ImportProjectAsync(PortingData.Generate(seed, 1_500));

    [Fact]
    public async Task A_dry_run_checks_every_row_and_writes_nothing()
    {
        var data = PortingData.Generate(4, 300);
        await ImportGroundAsync(data);

        var result = await node.SucceedAsync(await node.BeginAsync("phone-numbers", data.Numbers, data.MappingOf("phone-numbers"), dryRun: true));

        ((int)result["created"]!).Should().Be((int)data.Expected["created"]!);
        ((int)result["failed"]!).Should().Be((int)data.Expected["failed"]!);
        (await node.AllAsync<PhoneNumber>()).Should().BeEmpty();
        (await node.CountAsync("select count(*) from history where record_type = 'phone-numbers'")).Should().Be(0);
        (await node.BatchAsync(result)).Should().Match<ImportBatch>(batch => batch.DryRun && batch.Status == "succeeded");
    }

    [Fact]
    public async Task The_error_file_gives_back_every_refused_row_and_can_be_imported_once_it_is_mended()
    {
        var operation = await node.BeginAsync("sites", "name,timezone,city\nA,Nowhere/Land,=cmd\nB,UTC,x\n,UTC,\"l1\nl2\"\nB,UTC,y\nC,UTC\n");
        var result = await node.SucceedAsync(operation);

        Counts(result).Should().Be((1, 0, 0, 4));
        var file = await node.FileAsync(operation.Id, ImportOperation.ErrorFile);
        using (var table = SourceTable.Open(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(file))))
        {
            table.Header.Should().Equal("name", "timezone", "city", "import_line", "import_code", "import_field", "import_reason");
            var rows = table.Rows().ToList();
            rows.Select(row => (row.Cells[0], FormulaGuard.Remove(row.Cells[2]), row.Cells[3], row.Cells[4])).Should().Equal(
                ("A", "=cmd", "2", rows[0].Cells[4]), ("", "l1\nl2", "4", "required"), ("B", "y", "6", "duplicate_in_file"), ("C", "", "7", "ragged_row"));
            rows.Should().OnlyContain(row => row.Cells[6].Length > 10);
        }

        var again = await node.ImportAsync("sites", file.Replace("Nowhere/Land", "Europe/Paris"));

        Counts(again).Should().Be((2, 1, 0, 1), "A is mended, B is there now and gets another city, C has all its cells in the file that came back");
        (await node.AllAsync<Site>()).Single(site => site.Name == "A").City.Should().Be("=cmd");
    }

    [Fact]
    public async Task What_is_there_is_updated_or_skipped_and_what_is_the_same_is_skipped()
    {
        await node.ImportAsync("sites", "name,timezone,city\nA,UTC,old\nB,UTC,same\n");
        const string file = "name,timezone,city\nA,UTC,new\nB,UTC,same\nC,UTC,\n";

        Counts(await node.ImportAsync("sites", file, existing: ExistingRecords.Skip)).Should().Be((1, 0, 2, 0));
        Counts(await node.ImportAsync("sites", file)).Should().Be((0, 1, 2, 0));
        (await node.AllAsync<Site>()).Select(site => site.City).Should().BeEquivalentTo("new", "same", null);
    }

    [Fact]
    public async Task Columns_without_a_place_are_refused_before_anything_is_stored()
    {
        var unknown = () => node.BeginAsync("sites", "name,timezone,colour\nA,UTC,red\n");
        var twice = () => node.BeginAsync("sites", "name,Name,timezone\nA,B,UTC\n");
        var mappedTwice = () => node.BeginAsync("sites", "a,b,c\n1,2,3\n", new JsonObject { ["a"] = "name", ["b"] = "name" });
        var unknownField = () => node.BeginAsync("sites", "a\n1\n", new JsonObject { ["a"] = "colour" });
        var absent = () => node.BeginAsync("sites", "a\n1\n", new JsonObject { ["b"] = "name" });
        var owned = () => node.BeginAsync("phone-numbers", "a\n1\n", new JsonObject { ["a"] = "status" });
        var notImportable = () => node.BeginAsync("tasks", "title\n1\n");

        (await unknown.Should().ThrowAsync<ProblemException>()).Which.Should().Match<ProblemException>(e => e.Code == "unknown_column" && e.Errors[0].Field == "colour");
        (await twice.Should().ThrowAsync<ProblemException>()).Which.Code.Should().Be("two_columns_for_one_field");
        (await mappedTwice.Should().ThrowAsync<ProblemException>()).Which.Code.Should().Be("two_columns_for_one_field");
        (await unknownField.Should().ThrowAsync<ProblemException>()).Which.Code.Should().Be("unknown_field");
        (await absent.Should().ThrowAsync<ProblemException>()).Which.Code.Should().Be("unknown_column");
        (await owned.Should().ThrowAsync<ProblemException>()).Which.Code.Should().Be("read_only_field");
        (await notImportable.Should().ThrowAsync<ProblemException>()).Which.Code.Should().Be("not_importable");
        (await node.CountAsync("select count(*) from operations where true")).Should().Be(0);
    }

    [Theory]
    [InlineData("A,Europe/Paris,\"[{\"\"name\"\":\"\"\\u0000\"\",\"\"date\"\":\"\"2027-01-01\"\"}]\"", "invalid_json")]
    [InlineData("A,Europe/Paris,\"[{\"\"name\"\":\"\"\\ud800\"\",\"\"date\"\":\"\"2027-01-01\"\"}]\"", "invalid_json")]
    public async Task A_character_that_cannot_be_stored_is_refused_and_not_replaced(string row, string code)
    {
        var result = await node.ImportAsync("sites", $"name,timezone,holidays\n{row}\nB,Europe/Paris,\n");

        ((int)result["created"]!).Should().Be(1);
        result["failedByCode"]!.ToJsonString().Should().Be($"{{\"{code}\":1}}");
    }

    [Fact]
    public async Task A_row_that_loses_a_race_is_refused_alone()
    {
        var meanwhile = true;
        node.OnCreating = async record =>
        {
            if (record is not Site { Name: "S50" } || !meanwhile)
                return;
            meanwhile = false; // somebody else takes the name between the check and the commit
            await node.Writer.CreateAsync(node.Tenant, RecordTypes.Of<Site>(), new JsonObject { ["name"] = "S50", ["timezone"] = "UTC" }, ImportNode.By(), null, CancellationToken.None);
        };

        var result = await node.ImportAsync("sites", Sites(100), existing: ExistingRecords.Skip);

        Counts(result).Should().Be((99, 0, 1, 1));
    }

    [Fact]
    public async Task An_import_that_is_cancelled_keeps_what_it_has_done_and_counts_it()
    {
        var operation = await BlockAfterAsync(250);
        await node.Operations.CancelAsync(node.Tenant, operation.Id, CancellationToken.None);
        gate.SetResult();

        var over = await node.EndOfAsync(operation);

        over.Status.Should().Be(Operation.Cancelled);
        (await node.AllAsync<Site>()).Should().HaveCount(200).And.HaveCount((int)over.Done).And.HaveCount((int)over.Result!["created"]!);
        (await node.BatchAsync(over.Result!)).Status.Should().Be("cancelled");
    }

    [Fact]
    public async Task An_import_that_is_paused_waits_also_across_a_restart_until_it_is_resumed()
    {
        var operation = await BlockAfterAsync(250);
        (await node.Operations.PauseAsync(node.Tenant, operation.Id, true, CancellationToken.None))!.IsPaused.Should().BeTrue();
        gate.SetResult();

        var paused = await node.UntilAsync(operation, now => now.Status == Operation.Queued, "is back in the queue");
        (paused.Done, paused.IsPaused, paused.LeaseUntil).Should().Be((200, true, null));
        (await node.BatchAsync(paused.Result!)).Status.Should().Be("running");

        await node.StopAsync();
        await using var restarted = await new ImportNode(owner) { Tenant = node.Tenant }.StartAsync();
        Counts(await restarted.ImportAsync("sites", "name,timezone\nAnother,UTC\n")).Should().Be((1, 0, 0, 0), "others go on meanwhile, on a node that has looked at what there is to do");
        (await restarted.Operations.GetAsync(node.Tenant, operation.Id, CancellationToken.None))!.Done.Should().Be(200);
        await restarted.Operations.PauseAsync(node.Tenant, operation.Id, false, CancellationToken.None);

        Counts(await restarted.SucceedAsync(operation)).Should().Be((500, 0, 0, 1));
        (await restarted.AllAsync<Site>()).Should().HaveCount(501);
    }

    [Fact]
    public async Task A_paused_import_can_be_cancelled()
    {
        var operation = await BlockAfterAsync(250);
        await node.Operations.PauseAsync(node.Tenant, operation.Id, true, CancellationToken.None);
        gate.SetResult();
        await node.UntilAsync(operation, now => now.Status == Operation.Queued, "is back in the queue");

        await node.Operations.CancelAsync(node.Tenant, operation.Id, CancellationToken.None);

        var over = await node.EndOfAsync(operation);
        (over.Status, over.Done, over.IsPaused).Should().Be((Operation.Cancelled, 200, false));
        var tooLate = () => node.Operations.PauseAsync(node.Tenant, operation.Id, false, CancellationToken.None);
        (await tooLate.Should().ThrowAsync<ProblemException>()).Which.Code.Should().Be("operation_is_over");
    }

    [Fact]
    public async Task An_import_goes_on_after_a_restart_where_it_ended()
    {
        var operation = await BlockAfterAsync(250);
        var stopping = node.StopAsync();
        gate.SetResult();
        await stopping;
        (await node.Operations.GetAsync(node.Tenant, operation.Id, CancellationToken.None))!.IsOver.Should().BeFalse();

        await using var restarted = await new ImportNode(owner) { Tenant = node.Tenant }.StartAsync();
        var result = await restarted.SucceedAsync(operation);

        Counts(result).Should().Be((500, 0, 0, 1));
        (await restarted.AllAsync<Site>()).Should().HaveCount(500);
        (await restarted.CountAsync("select count(*) from history where record_type = 'sites'")).Should().Be(500);
    }

    [Fact]
    public async Task A_node_that_is_cut_off_loses_its_import_to_another_and_can_write_nothing_of_it_any_more()
    {
        var operation = await BlockAfterAsync(250);
        await ExpireAsync(operation);
        await using var other = new ImportNode(owner, node: "other") { Tenant = node.Tenant };
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        other.OnCreating = async record =>
        {
            arrived.TrySetResult();
            await held.Task;
        };
        await other.StartAsync();
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60)))
        {
            // The first node still renews its lease until the other has taken it: whoever is cut off does not.
            while (!arrived.Task.IsCompleted)
            {
                await ExpireAsync(operation);
                await Task.WhenAny(arrived.Task, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token));
                patience.Token.ThrowIfCancellationRequested();
            }
        }

        gate.SetResult(); // the first comes back to life and commits its chunk: refused
        held.SetResult();
        var result = await other.SucceedAsync(operation);

        Counts(result).Should().Be((500, 0, 0, 1));
        (await other.CountAsync("select count(*) from history where record_type = 'sites'")).Should().Be(500);
    }

    /// <summary>Two runs under one node's name counted a chunk twice, once as created and once as skipped.</summary>
    [Fact]
    public async Task A_node_whose_lease_ended_takes_its_import_up_again_and_its_former_run_writes_nothing_more()
    {
        var operation = await BlockAfterAsync(250);
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.OnCreating = async record =>
        {
            if (record is not Site { Name: "S250" })
                return;
            again.TrySetResult();
            await gate.Task;
        };
        await ExpireAsync(operation);
        await again.Task.WaitAsync(TimeSpan.FromSeconds(60));

        gate.SetResult();
        var result = await node.SucceedAsync(operation);

        Counts(result).Should().Be((500, 0, 0, 1));
        (await node.CountAsync("select count(*) from history where record_type = 'sites'")).Should().Be(500);
    }

    [Fact]
    public async Task An_undo_deletes_what_was_created_restores_what_was_changed_and_keeps_what_others_changed()
    {
        await node.ImportAsync("sites", "name,timezone,city,holidays\nOld,UTC,before,\"[{\"\"name\"\":\"\"New Year\"\",\"\"date\"\":\"\"2027-01-01\"\"}]\"\nOld2,UTC,before,\n");
        var imported = await node.ImportAsync("sites", "name,timezone,city,holidays\nOld,UTC,after,\nOld2,UTC,after,\nNew1,UTC,x,\nNew2,UTC,x,\nUsed,UTC,x,\n");
        var sites = (await node.AllAsync<Site>()).ToDictionary(site => site.Name);
        var type = RecordTypes.Of<Site>();
        await node.Writer.PatchAsync(node.Tenant, type, sites["New2"].Id, new JsonObject { ["city"] = "theirs" }, null, ImportNode.By(), null, CancellationToken.None);
        await node.Writer.PatchAsync(node.Tenant, type, sites["Old2"].Id, new JsonObject { ["city"] = "theirs" }, null, ImportNode.By(), null, CancellationToken.None);
        await node.ImportAsync("migrations", "name,siteId,routingType,targetCarrier\nM,Used,direct_routing,verizon\n");

        var undone = await node.UndoAsync(imported);

        ((int)undone["deleted"]!, (int)undone["restored"]!, (int)undone["kept"]!).Should().Be((1, 1, 3));
        undone["keptByReason"]!.ToJsonString().Should().Be("""{"changed_since":2,"is_referenced":1}""");
        var after = (await node.AllAsync<Site>()).ToDictionary(site => site.Name);
        after.Keys.Should().BeEquivalentTo("Old", "Old2", "New2", "Used");
        (after["Old"].City, after["Old2"].City, after["New2"].City).Should().Be(("before", "theirs", "theirs"));
        after["Old"].Holidays!.ToJsonString().Should().Be(sites["Old"].Holidays is null ? after["Old"].Holidays!.ToJsonString() : "unreachable");
        after["Old"].Holidays!.ToJsonString().Should().Contain("2027-01-01");
        (await node.BatchAsync(imported)).Should().Match<ImportBatch>(batch => batch.Status == "undone" && batch.UndoneAt != null);
    }

    [Fact]
    public async Task An_import_of_twenty_thousand_rows_takes_no_more_memory_than_one_of_a_few()
    {
        await using var large = await new ImportNode(owner, chunkRows: 2_000).StartAsync();
        await large.ImportAsync("sites", Sites(2_000));
        var idle = GC.GetTotalMemory(forceFullCollection: true);
        var operation = await large.BeginAsync("sites", Sites(20_000, "T"));
        long peak = 0;

        await large.UntilAsync(operation, now =>
        {
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
            return now.IsOver;
        }, "is over");

        Counts(await large.SucceedAsync(operation)).Should().Be((20_000, 0, 0, 1));
        (peak - idle).Should().BeLessThan(400L << 20);
    }

    [Fact]
    public async Task An_operation_of_an_unknown_kind_and_one_whose_upload_broke_off_fail_with_a_reason()
    {
        var now = TimeProvider.System.GetUtcNow();
        var unknown = Operation.New(node.Tenant, "from-the-future", [], null, now);
        var broken = Operation.New(node.Tenant, ImportOperation.KindName, new ImportRequest { Type = RecordTypes.Of<Site>(), FileName = "x", BatchId = ImportNode.NewId(), Actor = "Test" }.ToJson(), null, now);
        var step = new Switchboard.Data.Commit.Step(node.Tenant);
        step.Insert(SystemTables.Operations, unknown.ToRow());
        step.Insert(SystemTables.Operations, broken.ToRow());
        await node.Committer.CommitAsync(step, CancellationToken.None);

        ((string)(await node.EndOfAsync(unknown)).Problem!["code"]!).Should().Be("unknown_kind");
        ((string)(await node.EndOfAsync(broken)).Problem!["code"]!).Should().Be("upload_incomplete");
    }

    [Fact]
    public async Task All_or_nothing_takes_back_what_it_has_written_when_somebody_makes_a_row_impossible_meanwhile()
    {
        await node.ImportAsync("sites", "name,timezone\nA,UTC\n");
        await node.ImportAsync("migrations", "name,siteId,routingType,targetCarrier\nStays,A,direct_routing,verizon\nGoes,A,direct_routing,verizon\n");
        var goes = (await node.AllAsync<Migration>()).Single(migration => migration.Name == "Goes");
        node.OnCreating = async record =>
        {
            if (record is EndUser { Upn: "u150@example.com" }) // all rows have been tried, and the first hundred are committed
                await node.Writer.PatchAsync(node.Tenant, RecordTypes.Of<Migration>(), goes.Id, new JsonObject { ["name"] = "Gone" }, null, ImportNode.By(), null, CancellationToken.None);
        };
        var file = "upn,displayName,migrationId\n" + string.Concat(Enumerable.Range(0, 250).Select(at => $"u{at}@example.com,U{at},{(at == 249 ? "Goes" : "Stays")}\n"));

        var over = await node.EndOfAsync(await node.BeginAsync("end-users", System.Text.Encoding.UTF8.GetBytes(file), allOrNothing: true));

        (over.Status, (string?)over.Problem!["code"]).Should().Be((Operation.Failed, "rows_refused"));
        ((string?)over.Problem["detail"]).Should().Contain("the row of line 251").And.Contain("Goes");
        Counts(over.Result!).Should().Be((200, 0, 0, 0));
        var undo = await node.Operations.FindNewestAsync(node.Tenant, ImportUndo.KindName, "batchId", (string)over.Result!["batchId"]!, CancellationToken.None);
        ((int)(await node.SucceedAsync(undo!))["deleted"]!).Should().Be(200);
        (await node.AllAsync<EndUser>()).Should().BeEmpty();
        (await node.BatchAsync(over.Result)).Status.Should().Be("undone");
    }

    [Fact]
    public async Task All_or_nothing_that_is_cancelled_leaves_nothing_behind()
    {
        var operation = await BlockAfterAsync(250, Sites(500).Replace(",UTC,nameless\n", "", StringComparison.Ordinal), allOrNothing: true);
        await node.Operations.CancelAsync(node.Tenant, operation.Id, CancellationToken.None);
        gate.SetResult();

        var over = await node.EndOfAsync(operation);

        over.Status.Should().Be(Operation.Cancelled);
        var undo = await node.Operations.FindNewestAsync(node.Tenant, ImportUndo.KindName, "batchId", (string)over.Result!["batchId"]!, CancellationToken.None);
        await node.SucceedAsync(undo!);
        (await node.AllAsync<Site>()).Should().BeEmpty();
    }

    private readonly TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Begins an import of 500 good rows and a bad one, and holds it before the commit of the chunk with this row.</summary>
    private async Task<Operation> BlockAfterAsync(int row, string? file = null, bool allOrNothing = false)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.OnCreating = async record =>
        {
            if (record is not Site site || site.Name != $"S{row}")
                return;
            reached.TrySetResult();
            await gate.Task;
        };
        var operation = await node.BeginAsync("sites", System.Text.Encoding.UTF8.GetBytes(file ?? Sites(500)), allOrNothing: allOrNothing);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return operation;
    }

    private async Task ExpireAsync(Operation operation)
    {
        await using var command = node.Database.Engine.CreateCommand("update operations set lease_until = now() - interval '1 minute' where id = $1");
        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = operation.Id });
        await command.ExecuteNonQueryAsync();
    }

    private static string Sites(int count, string prefix = "S") =>
        "name,timezone,city\n" + string.Concat(Enumerable.Range(0, count).Select(at => $"{prefix}{at},UTC,City {at}\n")) + ",UTC,nameless\n";

    private static (int Created, int Updated, int Skipped, int Failed) Counts(JsonObject result) =>
        ((int)result["created"]!, (int)result["updated"]!, (int)result["skipped"]!, (int)result["failed"]!);

    private async Task ImportGroundAsync(PortingData data)
    {
        foreach (var (type, csv) in new[] { ("sites", data.Sites), ("migrations", data.Migrations), ("end-users", data.EndUsers) })
            ((int)(await node.ImportAsync(type, csv, data.MappingOf(type)))["failed"]!).Should().Be(0, type);
    }

    private async Task ImportProjectAsync(PortingData data)
    {
        await ImportGroundAsync(data);

        var operation = await node.BeginAsync("phone-numbers", data.Numbers, data.MappingOf("phone-numbers"));
        var result = await node.SucceedAsync(operation);

        Counts(result).Should().Be(((int)data.Expected["created"]!, 0, 0, (int)data.Expected["failed"]!));
        result["failedByCode"]!.AsObject().ToDictionary(pair => pair.Key, pair => (int)pair.Value!).Should().BeEquivalentTo(
            data.Expected["by_code"]!.AsObject().ToDictionary(pair => pair.Key, pair => (int)pair.Value!));
        var numbers = await node.AllAsync<PhoneNumber>();
        numbers.Should().HaveCount((int)data.Expected["created"]!);
        numbers.Should().OnlyContain(number => number.Number.StartsWith("+1") && number.Number.Length == 12);
        numbers.Should().Contain(number => number.Notes == "=HYPERLINK(\"http://x\")");
        using var errors = SourceTable.Open(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(await node.FileAsync(operation.Id, ImportOperation.ErrorFile))));
        errors.Rows().Should().HaveCount((int)data.Expected["failed"]!);
        (await node.BatchAsync(result)).Created.Should().Be(numbers.Count);

        var again = await node.SucceedAsync(await node.BeginAsync("phone-numbers", data.Numbers, data.MappingOf("phone-numbers")));
        Counts(again).Should().Be((0, 0, numbers.Count, (int)data.Expected["failed"]!), "the same file again changes nothing");
    }
}
