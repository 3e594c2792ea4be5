using System.Text.Json.Nodes;
using FluentAssertions;
using Npgsql;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Xunit;
using Record = Switchboard.Domain.Record;

namespace Switchboard.Data.Tests.Records;

/// <summary>What holds for every record type, shown with every record type.</summary>
public sealed class RecordConformanceTests(RecordDatabase fixture) : IClassFixture<RecordDatabase>
{
    public static TheoryData<string> AllTypes => [.. RecordTypes.All.Select(type => type.Name)];

    /// <summary>Those that clients write; a tenant is made by the service and only changed by clients.</summary>
    public static TheoryData<string> WrittenTypes => [.. RecordTypes.All.Where(type => type.Writable && type.Name != "tenants").Select(type => type.Name)];

    [Theory, MemberData(nameof(WrittenTypes))]
    public async Task What_a_client_creates_is_what_everybody_reads(string name)
    {
        var (tenant, type) = (RecordDatabase.NewId(), RecordTypes.Find(name)!);
        var body = RecordSamples.BodyOf(type, await SampleAsync(tenant, type, 1));

        var created = await fixture.Writer.CreateAsync(tenant, type, body, RecordDatabase.By(), null, CancellationToken.None);

        var read = await fixture.Reader.GetAsync(tenant, type, created.Id, CancellationToken.None);
        Json(type, read!).Should().Be(Json(type, created));
        var json = JsonNode.Parse(Json(type, read!))!.AsObject();
        foreach (var (field, value) in body)
            JsonNode.DeepEquals(json[field], value).Should().BeTrue($"{field} is {json[field]} instead of {value}");
        read!.Version.Should().Be(1);
        (await fixture.Reader.GetAsync(RecordDatabase.NewId(), type, created.Id, CancellationToken.None)).Should().BeNull("no other tenant sees it");
    }

    [Theory, MemberData(nameof(AllTypes))]
    public async Task Every_change_is_in_history_audit_and_events(string name)
    {
        var (tenant, type) = (RecordDatabase.NewId(), RecordTypes.Find(name)!);
        var before = await fixture.AddAsync(tenant, type);
        var (field, value) = ChangeOf(type, before);
        var after = RecordChanges.Copy(type, before);
        field.Set(after, value);
        var step = new Step(tenant);

        RecordChanges.Update(step, type, before, after, RecordDatabase.By("tested")).Should().BeTrue();
        await fixture.Committer.CommitAsync(step, CancellationToken.None);
        var last = new Step(tenant);
        RecordChanges.Delete(last, type, after, RecordDatabase.By());
        await fixture.Committer.CommitAsync(last, CancellationToken.None);

        var history = await HistoryAsync(tenant, type, before.Id);
        history.Select(row => row.Action).Should().Equal("deleted", "tested", "created");
        history[1].Changes.Should().ContainSingle(change => (string)change!["field"]! == field.Name);
        history[2].Changes.Select(change => (string)change!["field"]!).Should().Contain(field.Name, "a creation says what the record began with");
        (await fixture.ScalarAsync<long>("select count(*) from audit where tenant_id = $1 and subject_id = $2", tenant, before.Id)).Should().Be(3);
        (await fixture.ScalarAsync<string>("select string_agg(type, ' ' order by tx, seq) from events where tenant_id = $1 and subject_id = $2", tenant, before.Id))
            .Should().Be($"{name}.created {name}.updated {name}.deleted");
    }

    [Theory, MemberData(nameof(WrittenTypes))]
    public async Task A_patch_changes_what_it_names_and_raises_the_version(string name)
    {
        var (tenant, type) = (RecordDatabase.NewId(), RecordTypes.Find(name)!);
        var before = await fixture.AddAsync(tenant, type);
        var (field, value) = ChangeOf(type, before);
        var changed = RecordChanges.Copy(type, before);
        field.Set(changed, value);
        var patch = new JsonObject { [field.Name] = RecordSamples.BodyOf(type, changed)[field.Name]!.DeepClone() };

        var after = await fixture.Writer.PatchAsync(tenant, type, before.Id, patch, 1, RecordDatabase.By(), null, CancellationToken.None);
        var again = await fixture.Writer.PatchAsync(tenant, type, before.Id, patch, 2, RecordDatabase.By(), null, CancellationToken.None);

        after.Version.Should().Be(2);
        again.Version.Should().Be(2, "the same patch again changes nothing");
        var read = await fixture.Reader.GetAsync(tenant, type, before.Id, CancellationToken.None);
        RecordChanges.Differences(type, before, read).Select(change => change.Field).Should().Equal(field.Name);
        (await HistoryAsync(tenant, type, before.Id)).Should().HaveCount(2);
        var stale = () => fixture.Writer.PatchAsync(tenant, type, before.Id, patch, 1, RecordDatabase.By(), null, CancellationToken.None);
        (await stale.Should().ThrowAsync<ProblemException>()).Which.Should().Match<ProblemException>(problem => problem.Status == 412 && problem.Code == "stale_version");
    }

    [Theory, MemberData(nameof(AllTypes))]
    public async Task Lists_filter_by_and_sort_by_every_field_that_the_schema_names(string name)
    {
        var (tenant, type) = (RecordDatabase.NewId(), RecordTypes.Find(name)!);
        var records = new List<Record>();
        for (var i = 1; i <= (name == "tenants" ? 1 : 5); i++)
            records.Add(await fixture.AddAsync(tenant, type, i));
        var all = await fixture.ListAllAsync(tenant, type, "");
        all.Should().HaveCountGreaterThanOrEqualTo(records.Count);
        var schema = RecordSchema.Describe(type, CustomFields.None);

        foreach (var described in schema["fields"]!.AsArray())
        {
            var field = QueryField.Find(type, CustomFields.None, (string)described!["name"]!);
            if ((bool)described["filterable"]!)
            {
                var value = field!.Get(records[0]);
                var expected = all.Where(record => Equals(field.Get(record), value)).Select(record => record.Id);
                var found = await fixture.ListAllAsync(tenant, type, value is null ? $"{field.Name}[null]=true" : $"{field.Name}={FieldText.Format(value)}");
                found.Select(record => record.Id).Should().BeEquivalentTo(expected, $"of the filter {field.Name}");
            }
            if ((bool)described["sortable"]!)
            {
                var ascending = await fixture.ListAllAsync(tenant, type, $"limit=2&sort={field!.Name}");
                var descending = await fixture.ListAllAsync(tenant, type, $"limit=3&sort=-{field.Name}");
                ascending.Should().HaveCount(all.Count);
                ascending.Select(record => record.Id).Should().OnlyHaveUniqueItems();
                if (all.TrueForAll(record => field.Get(record) is not null))
                    descending.Select(record => record.Id).Should().Equal(Enumerable.Reverse(ascending).Select(record => record.Id), $"of the sort {field.Name}");
            }
        }
        (await fixture.Reader.ListAsync(tenant, RecordDatabase.Query(type, "limit=1&count=true"), CancellationToken.None)).Total.Should().Be(all.Count);
        (await fixture.ListAllAsync(RecordDatabase.NewId(), type, "")).Should().BeEmpty("no other tenant lists them");
    }

    [Theory, MemberData(nameof(WrittenTypes))]
    public async Task A_tenant_adds_a_field_of_its_own_and_lists_by_it(string name)
    {
        var (tenant, type) = (RecordDatabase.NewId(), RecordTypes.Find(name)!);
        var (first, second) = (await fixture.AddAsync(tenant, type, 1), await fixture.AddAsync(tenant, type, 2));
        await fixture.Catalogue.DefineAsync(tenant, type, new JsonObject { ["name"] = "colour", ["type"] = "text", ["indexed"] = true }, RecordDatabase.By(), CancellationToken.None);

        await fixture.Writer.PatchAsync(tenant, type, first.Id, Colour("red"), null, RecordDatabase.By(), null, CancellationToken.None);
        await fixture.Writer.PatchAsync(tenant, type, second.Id, Colour("blue"), null, RecordDatabase.By(), null, CancellationToken.None);

        var custom = await fixture.Catalogue.OfAsync(tenant, type, CancellationToken.None);
        (await fixture.ListAllAsync(tenant, type, "custom.colour=red", custom)).Select(record => record.Id).Should().Equal(first.Id);
        (await fixture.ListAllAsync(tenant, type, "limit=1&sort=custom.colour&custom.colour[null]=false", custom)).Select(record => record.Id).Should().Equal(second.Id, first.Id);
        (await HistoryAsync(tenant, type, first.Id))[0].Changes.Single()!["field"]!.GetValue<string>().Should().Be("custom.colour");

        static JsonObject Colour(string value) => new() { ["custom"] = new JsonObject { ["colour"] = value } };
    }

    [Theory, MemberData(nameof(WrittenTypes))]
    public async Task A_deleted_record_is_gone_and_its_history_stays(string name)
    {
        var (tenant, type) = (RecordDatabase.NewId(), RecordTypes.Find(name)!);
        var record = await fixture.AddAsync(tenant, type);

        await fixture.Writer.DeleteAsync(tenant, type, record.Id, 1, RecordDatabase.By(), null, CancellationToken.None);

        (await fixture.Reader.GetAsync(tenant, type, record.Id, CancellationToken.None)).Should().BeNull();
        (await HistoryAsync(tenant, type, record.Id))[0].Action.Should().Be("deleted");
        var again = () => fixture.Writer.DeleteAsync(tenant, type, record.Id, null, RecordDatabase.By(), null, CancellationToken.None);
        (await again.Should().ThrowAsync<ProblemException>()).Which.Status.Should().Be(404);
    }

    [Theory, MemberData(nameof(AllTypes))]
    public async Task An_index_holds_every_documented_filter_and_sort(string name)
    {
        var type = RecordTypes.Find(name)!;
        foreach (var field in QueryField.All(type, CustomFields.None))
        {
            if (field.SortIndexed)
            {
                foreach (var sort in (string[])[field.Name, $"-{field.Name}"])
                {
                    var query = RecordDatabase.Query(type, $"sort={sort}");
                    (await PlanAsync(query)).Should().NotContainAny(["\"Seq Scan\"", "\"Sort\""], $"{name} has an index for sort={sort}");
                    var later = query.At(new PageStart(RecordDatabase.NewId(), [.. query.Sort.Select(key => RecordSamples.ValueOf(type.Find(key.Field.Name) ?? type.Fields[0], 1) is { } value && value.GetType() == key.Field.ClrType ? value : DefaultOf(key.Field))]), 50);
                    (await PlanAsync(later)).Should().NotContainAny(["\"Seq Scan\"", "\"Sort\""], $"{name} has an index for the second page of sort={sort}");
                }
            }
            if (field.Indexed)
                (await PlanAsync(RecordDatabase.Query(type, $"{field.Name}={FieldText.Format(DefaultOf(field))}"))).Should().NotContain("\"Seq Scan\"", $"{name} has an index for {field.Name}=");
        }
    }

    private static object DefaultOf(QueryField field) => field.ClrType switch
    {
        var type when type == typeof(string) => "a",
        var type when type == typeof(Guid) => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()),
        var type when type == typeof(DateOnly) => RecordSamples.Day,
        var type when type == typeof(DateTimeOffset) => TimeProvider.System.GetUtcNow(),
        var type => Activator.CreateInstance(type)!,
    };

    /// <summary>As the app's role would run it, were there any better way than reading everything and sorting it.</summary>
    private async Task<string> PlanAsync(ListQuery query)
    {
        await using var transaction = await fixture.Database.BeginAsync(RecordDatabase.NewId(), CancellationToken.None);
        await using var batch = new NpgsqlBatch(transaction.Connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("set local enable_seqscan = off"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("set local enable_sort = off"));
        var command = ListSql.Page(query, RecordTables.SelectList(query.Type));
        command.CommandText = $"explain (format json) {command.CommandText}";
        batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.ReadAsync();
        return reader.GetString(0);
    }

    /// <summary>A sample of the type that is not stored, whose references are.</summary>
    private async Task<Record> SampleAsync(Guid tenant, RecordType type, int number)
    {
        var references = new Dictionary<Field, Guid>();
        foreach (var field in type.Fields.Where(field => field is { Stored: true, Kind: FieldKind.Reference, Required: true }))
            references[field] = (await fixture.AddAsync(tenant, RecordTypes.Find(field.References!.Type)!, 50 + references.Count)).Id;
        return RecordSamples.Valid(type, number, references);
    }

    /// <summary>A field that can be changed alone, with another valid value than the record's.</summary>
    private static (Field Field, object Value) ChangeOf(RecordType type, Record record)
    {
        foreach (var field in type.Fields.Where(field => field is { Writable: true, Kind: not (FieldKind.Json or FieldKind.Reference) } && !(field == type.NaturalKey)))
        {
            var other = Enumerable.Range(1, 9).Select(number => RecordSamples.ValueOf(field, number)).FirstOrDefault(value => value is not null && !Equals(value, field.Get(record)));
            if (other is not null)
                return (field, other);
        }
        throw new InvalidOperationException($"{type.Name} has no field that this test knows how to change.");
    }

    private async Task<List<(string Action, JsonArray Changes)>> HistoryAsync(Guid tenant, RecordType type, Guid id)
    {
        var command = new NpgsqlBatchCommand("select action, changes::text from history where record_type = $1 and record_id = $2 order by id desc")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = type.Name }, new NpgsqlParameter<Guid> { TypedValue = id } },
        };
        return await fixture.Database.ReadAsync(tenant, command, async (reader, ct) =>
        {
            var rows = new List<(string, JsonArray)>();
            while (await reader.ReadAsync(ct))
                rows.Add((reader.GetString(0), JsonNode.Parse(reader.GetString(1))!.AsArray()));
            return rows;
        }, CancellationToken.None);
    }

    private static string Json(RecordType type, Record record) => System.Text.Encoding.UTF8.GetString(RecordJson.ToUtf8(type, record));
}
