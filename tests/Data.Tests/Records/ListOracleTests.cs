using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Xunit;
using Record = Switchboard.Domain.Record;

namespace Switchboard.Data.Tests.Records;

/// <summary>Lists answer what a naive filter and sort of the same records in memory answers, page for page.</summary>
public sealed class ListOracleTests(RecordDatabase fixture) : IClassFixture<RecordDatabase>
{
    private const int Records = 300;
    private const int Queries = 400;

    private static readonly RecordType Type = RecordTypes.Find("phone-numbers")!;

    private static readonly CustomFields Custom = new(
    [
        Field("colour", CustomFieldKind.Select, "red", "green", "blue"),
        Field("remark", CustomFieldKind.Text),
        Field("amount", CustomFieldKind.Number),
        Field("due", CustomFieldKind.Date),
        Field("flag", CustomFieldKind.Boolean),
        Field("labels", CustomFieldKind.Multiselect, "a", "b", "c"),
    ], []);

    /// <summary>Texts that differ by case, script, pattern characters and order in UTF-16 and UTF-8.</summary>
    private static readonly string[] Texts =
        ["", "a", "A", "ab", "aB", "a%b", "a_b", "a\\b", "Ä", "ä", "öffentlich", "%", "_", "\\", "Zürich", "z", "\uFF5Ewide", "\U0001F4DEphone", "it's", "a,b", "[x]"];

    [Fact]
    public async Task A_filter_in_sql_finds_what_the_same_filter_in_memory_finds()
    {
        var (tenant, records) = await StoreAsync();
        var queries = Gen.Sample(QueryOf(records), Queries).ToList();

        foreach (var text in queries)
        {
            var query = RecordDatabase.Query(Type, text, Custom);
            var expected = Sorted(records.Where(record => Holds(record, query)), query).Select(record => record.Id).ToList();

            var paged = (await fixture.ListAllAsync(tenant, Type, text, Custom)).Select(record => record.Id).ToList();
            paged.Should().Equal(expected, $"of the pages of {text}");
            (await fixture.Reader.CountAsync(tenant, query, CancellationToken.None)).Should().Be(expected.Count, $"of the count of {text}");
            var streamed = new List<Guid>();
            await foreach (var record in fixture.Reader.StreamAsync(tenant, query, CancellationToken.None))
                streamed.Add(record.Id);
            streamed.Should().Equal(expected, $"of the stream of {text}");
        }
    }

    [Theory]
    [InlineData("sort=createdAt"), InlineData("sort=-createdAt"), InlineData("sort=-number"), InlineData("sort=status,-portDate"), InlineData("")]
    public async Task Paging_visits_every_record_once_while_others_are_written(string sort)
    {
        var (tenant, records) = await StoreAsync();
        var migration = ((Domain.Porting.PhoneNumber)records[0]).MigrationId;
        using var stop = new CancellationTokenSource();
        var writing = WriteAsync();

        var visited = (await fixture.ListAllAsync(tenant, Type, $"limit=7&{sort}")).Select(record => record.Id).ToList();
        await stop.CancelAsync();
        var written = await writing;

        written.Should().BePositive();
        visited.Should().OnlyHaveUniqueItems();
        visited.Should().Contain(records.Select(record => record.Id));

        async Task<int> WriteAsync()
        {
            var number = 5000;
            while (!stop.IsCancellationRequested)
            {
                var record = RecordSamples.Valid(Type, number++, new Dictionary<Field, Guid> { [Type.Find("migrationId")!] = migration });
                await fixture.StoreAsync(tenant, Type, [record]);
            }
            return number - 5000;
        }
    }

    [Theory]
    [InlineData("focDate=2027-03-01&sort=-createdAt"), InlineData("focDate=2027-03-02&sort=-createdAt"), InlineData("focDate=2027-03-03&sort=-createdAt")]
    [InlineData("focDate=2027-03-01&sort=portDate"), InlineData("focDate=2027-03-02&sort=-portDate"), InlineData("focDate[in]=2027-03-02,2027-03-03")]
    [InlineData("focDate[in]=2027-03-01,2027-03-02&sort=-portDate,number"), InlineData("focDate=2027-03-01&type=user&sort=-number"), InlineData("focDate=2027-03-01&q=77&sort=-number")]
    public async Task A_list_of_one_value_is_the_same_whether_few_or_many_have_it(string text)
    {
        var (tenant, records) = await StoreAsync(1_300, number => number.FocDate = new(2027, 3, number.Number.EndsWith('7') ? 2 : 1));

        var query = RecordDatabase.Query(Type, text);
        var found = (await fixture.ListAllAsync(tenant, Type, $"{text}&limit=200")).ConvertAll(record => record.Id);

        found.Should().Equal(Sorted(records.Where(record => Holds(record, query) && (query.Search is null || ((Domain.Porting.PhoneNumber)record).Number.Contains(query.Search, StringComparison.Ordinal))), query).Select(record => record.Id));
    }

    [Fact]
    public async Task A_search_looks_into_every_searched_field_whatever_the_case()
    {
        var (tenant, records) = await StoreAsync();

        foreach (var text in (string[])["617200", "ä", "%", "A_B", "zür", "\\"])
        {
            var expected = records.Where(record => Type.Fields.Any(field => field.Searched && field.Get(record) is string value && Contains(value, text)));
            (await fixture.ListAllAsync(tenant, Type, $"q={text}")).Select(record => record.Id)
                .Should().BeEquivalentTo(expected.Select(record => record.Id), $"of the search for {text}");
        }
    }

    [Fact]
    public async Task A_named_filter_and_its_negation_share_the_records_out()
    {
        var (tenant, records) = await StoreAsync();

        var unassigned = await fixture.ListAllAsync(tenant, Type, "unassigned=true");
        var others = await fixture.ListAllAsync(tenant, Type, "unassigned=false");

        unassigned.Select(record => record.Id).Should().BeEquivalentTo(
            records.Cast<Domain.Porting.PhoneNumber>().Where(number => number.Type == "user" && number.EndUserId is null && number.ResourceAccountId is null).Select(number => number.Id));
        unassigned.Concat(others).Select(record => record.Id).Should().BeEquivalentTo(records.Select(record => record.Id));
    }

    private async Task<(Guid Tenant, List<Record> Records)> StoreAsync(int count = Records, Action<Domain.Porting.PhoneNumber>? change = null)
    {
        var tenant = RecordDatabase.NewId();
        var migrations = new[] { (await fixture.AddAsync(tenant, RecordTypes.Find("migrations")!, 1)).Id, (await fixture.AddAsync(tenant, RecordTypes.Find("migrations")!, 2)).Id };
        var random = new Random(20260301);
        var records = Enumerable.Range(0, count).Select(number => RandomNumber(random, number, migrations)).ToList();
        records.ForEach(record => change?.Invoke(record));
        foreach (var chunk in records.Chunk(count / 6 + 1)) // six instants of creation
            await fixture.StoreAsync(tenant, Type, chunk);
        return (tenant, [.. records]);
    }

    private static Domain.Porting.PhoneNumber RandomNumber(Random random, int number, Guid[] migrations)
    {
        var record = (Domain.Porting.PhoneNumber)RecordSamples.Valid(Type, number, new Dictionary<Field, Guid> { [Type.Find("migrationId")!] = migrations[random.Next(2)] });
        record.Id = RecordDatabase.NewId();
        record.CurrentCarrier = random.Next(3) == 0 ? null : Texts[random.Next(Texts.Length)];
        record.Notes = random.Next(3) == 0 ? null : Texts[random.Next(Texts.Length)];
        record.Attempt = random.Next(4);
        record.RejectionCode = random.Next(2) == 0 ? null : $"code{random.Next(3)}";
        record.FocDate = random.Next(2) == 0 ? null : RecordSamples.Day.AddDays(random.Next(3));
        record.PortDate = random.Next(2) == 0 ? null : RecordSamples.Day.AddDays(random.Next(3));
        record.PortedAt = random.Next(2) == 0 ? null : new DateTimeOffset(2026, 3, 1, 8, 0, random.Next(3), TimeSpan.Zero);
        if (random.Next(4) > 0)
            record.Custom = RandomValues(random);
        return record;
    }

    private static JsonObject RandomValues(Random random)
    {
        var values = new JsonObject();
        if (random.Next(2) == 0)
            values["colour"] = new[] { "red", "green", "blue" }[random.Next(3)];
        if (random.Next(2) == 0)
            values["remark"] = Texts[random.Next(Texts.Length)];
        if (random.Next(2) == 0)
            values["amount"] = random.Next(-3, 3) + 0.5m;
        if (random.Next(2) == 0)
            values["due"] = FieldText.Format(RecordSamples.Day.AddDays(random.Next(3)));
        if (random.Next(2) == 0)
            values["flag"] = random.Next(2) == 0;
        if (random.Next(2) == 0)
            values["labels"] = new JsonArray([.. new[] { "a", "b", "c" }.Where(_ => random.Next(2) == 0).Select(label => JsonValue.Create(label))]);
        return values;
    }

    /// <summary>A query as a client would write it, of up to three filters on different fields and up to three sort keys.</summary>
    private static Gen<string> QueryOf(List<Record> records)
    {
        var fields = QueryField.All(Type, Custom).ToList();
        var filter =
            from field in Gen.Elements<QueryField>(fields)
            from op in Gen.Elements<FilterOperator>(field.Operators)
            from value in ValueOf(field, records)
            from second in ValueOf(field, records)
            from flag in Gen.Elements(true, false)
            select op switch
            {
                FilterOperator.Null => $"{field.Name}[null]={(flag ? "true" : "false")}",
                FilterOperator.In or FilterOperator.Nin => $"{field.Name}[{ListQuery.NameOf(op)}]={List(value, second)}",
                FilterOperator.Eq => $"{field.Name}={value}",
                _ => $"{field.Name}[{ListQuery.NameOf(op)}]={value}",
            };
        var key =
            from field in Gen.Elements<QueryField>(fields.Where(field => field.Sortable))
            from down in Gen.Elements(true, false)
            select (field.Name, Text: down ? $"-{field.Name}" : field.Name);
        return
            from filters in filter.ListOf().Resize(3)
            from keys in key.ListOf().Resize(3)
            from limit in Gen.Choose(1, 60)
            let sort = string.Join(',', keys.DistinctBy(sortKey => sortKey.Name).Select(sortKey => sortKey.Text))
            select string.Join('&', filters.DistinctBy(text => text.Split('=')[0]).Append($"sort={sort}").Append(string.Create(CultureInfo.InvariantCulture, $"limit={limit}")));
    }

    private static Gen<string> ValueOf(QueryField field, List<Record> records) => field switch
    {
        { IsMultiple: true } => Gen.Elements("a", "b", "c", "other"),
        { Kind: FieldKind.Text } when field.ClrType == typeof(string) => Gen.OneOf(Existing(field, records), Gen.Elements(Texts)),
        _ => Existing(field, records),
    };

    private static Gen<string> Existing(QueryField field, List<Record> records)
    {
        var values = records.Select(field.Get).OfType<object>().Distinct().Take(20).Select(FieldText.Format).ToArray();
        return values.Length == 0 ? Gen.Constant(field.ClrType == typeof(Guid) ? Guid.Empty.ToString() : "x") : Gen.Elements(values);
    }

    private static string List(string first, string second) =>
        new JsonArray(first, second).ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static bool Holds(Record record, ListQuery query) => query.Filters.TrueForAll(filter => Holds(record, filter));

    private static bool Holds(Record record, Filter filter)
    {
        if (filter.Field.IsMultiple)
            return HoldsMultiple(record.Custom?[filter.Field.Name["custom.".Length..]] as JsonArray, filter);
        var value = filter.Field.Get(record);
        return filter.Operator switch
        {
            FilterOperator.Null => value is null == (bool)filter.Values[0],
            FilterOperator.Eq or FilterOperator.In => filter.Values.Any(wanted => Equals(value, wanted)),
            FilterOperator.Ne or FilterOperator.Nin => !filter.Values.Any(wanted => Equals(value, wanted)),
            _ when value is null => false,
            FilterOperator.Lt => Compare(value, filter.Values[0]) < 0,
            FilterOperator.Lte => Compare(value, filter.Values[0]) <= 0,
            FilterOperator.Gt => Compare(value, filter.Values[0]) > 0,
            FilterOperator.Gte => Compare(value, filter.Values[0]) >= 0,
            FilterOperator.Contains => Contains((string)value, (string)filter.Values[0]),
            _ => ((string)value).StartsWith((string)filter.Values[0], StringComparison.Ordinal),
        };
    }

    private static bool HoldsMultiple(JsonArray? chosen, Filter filter)
    {
        var has = chosen?.Any(item => filter.Values.Contains((string)item!)) ?? false;
        return filter.Operator switch
        {
            FilterOperator.Null => chosen is null == (bool)filter.Values[0],
            FilterOperator.Ne or FilterOperator.Nin => !has,
            _ => has,
        };
    }

    private static bool Contains(string value, string part) => value.Contains(part, StringComparison.InvariantCultureIgnoreCase) || value.Contains(part, StringComparison.OrdinalIgnoreCase);

    private static IOrderedEnumerable<Record> Sorted(IEnumerable<Record> records, ListQuery query)
    {
        var sorted = records.OrderBy(_ => 0);
        foreach (var (field, descending) in query.Sort)
        {
            sorted = sorted.ThenBy(record => field.Get(record) is null);
            sorted = sorted.ThenBy(field.Get, Comparer<object?>.Create((a, b) => (descending ? -1 : 1) * (a is null || b is null ? 0 : Compare(a, b))));
        }
        var last = query.Sort is [.., { Descending: true }];
        return sorted.ThenBy(record => record.Id, Comparer<Guid>.Create((a, b) => (last ? -1 : 1) * Compare(a, b)));
    }

    /// <summary>As PostgreSQL orders: text by its bytes in UTF-8, ids by their bytes.</summary>
    private static int Compare(object a, object b) => (a, b) switch
    {
        (string left, string right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right)),
        (Guid left, Guid right) => left.ToByteArray(bigEndian: true).AsSpan().SequenceCompareTo(right.ToByteArray(bigEndian: true)),
        _ => ((IComparable)a).CompareTo(b),
    };

    private static CustomField Field(string name, CustomFieldKind kind, params string[] options) =>
        new() { Id = RecordDatabase.NewId(), Name = name, Label = name, Kind = kind, Options = options };
}
