using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

using FluentAssertions;

using Xunit;

namespace Switchboard.Domain.Tests;

/// <summary>What holds for every record type, whoever adds one.</summary>
public sealed partial class RecordTypeTests
{
    /// <summary>Ids of things that are no records: workflow instances, operations, and records of a type that another field names.</summary>
    private static readonly string[] FreeIds = ["instanceId", "operationId", "subjectId", "ownerId", "bookmarkId", "activityId", "decisionId"];

    /// <summary>Of SQL's reserved words those that a field might be called.</summary>
    private static readonly string[] ReservedWords =
        ["all", "any", "array", "as", "case", "check", "column", "default", "desc", "end", "for", "from", "grant", "group", "limit", "offset", "on",
            "only", "order", "primary", "references", "select", "table", "to", "union", "unique", "user", "using", "when", "where", "window", "with"];

    public static TheoryData<string> All { get; } = new(RecordTypes.All.Select(type => type.Name));

    [Theory, MemberData(nameof(All))]
    public void Names_are_plural_kebab_case_and_fields_camel_case(string name)
    {
        var type = RecordTypes.Find(name)!;

        name.Should().MatchRegex("^[a-z]+(-[a-z]+)*s$");
        type.Fields.Select(field => field.Name).Should().OnlyContain(field => CamelCase().IsMatch(field)).And.OnlyHaveUniqueItems();
        type.Fields.Select(field => field.Column).Should().OnlyContain(column => SnakeCase().IsMatch(column)).And.OnlyHaveUniqueItems();
        type.Fields.Select(field => field.Column).Should().NotIntersectWith(ReservedWords, "SQL would need quotes: give the field a [Column]");
        typeof(Record).GetProperties().Select(property => property.Name).Should().NotIntersectWith(type.Fields.Select(field => field.Property.Name));
    }

    [Theory, MemberData(nameof(All))]
    public void The_class_says_what_it_is(string name)
    {
        var type = RecordTypes.Find(name)!.ClrType;
        var documentation = XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml"));

        var summary = documentation.Descendants("member").SingleOrDefault(member => (string?)member.Attribute("name") == $"T:{type.FullName}")?.Element("summary");

        summary.Should().NotBeNull($"{type.Name} needs a summary");
        summary!.Value.Trim().Should().HaveLength(Math.Max(20, summary.Value.Trim().Length), "it is a sentence").And.EndWith(".");
        type.IsSealed.Should().BeTrue();
    }

    [Theory, MemberData(nameof(All))]
    public void A_reference_has_an_index_and_an_end(string name)
    {
        foreach (var field in RecordTypes.Find(name)!.Fields)
        {
            if (field.References is not { } reference)
            {
                if (field.Name.EndsWith("Id", StringComparison.Ordinal) || field.Name.EndsWith("Ids", StringComparison.Ordinal))
                    FreeIds.Should().Contain(field.Name, "an id refers to a record type or to something that is none");
                continue;
            }
            RecordTypes.Find(reference.Type).Should().NotBeNull();
            field.Name.Should().MatchRegex("Ids?$");
            reference.OnDelete.Should().BeOneOf("restrict", "set_null", "cascade");
            if (field.Kind != FieldKind.Reference)
                continue;
            field.Indexed.Should().NotBeNull($"deleting a {reference.Type} looks for {name}.{field.Name}");
            if (reference.OnDelete == "set_null")
                field.Nullable.Should().BeTrue($"{field.Name} is set to null");
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Marks_agree_with_each_other(string name)
    {
        var type = RecordTypes.Find(name)!;
        var blank = type.Create();
        foreach (var field in type.Fields)
        {
            if (field.Required)
                field.Nullable.Should().BeFalse($"{field.Name} is required");
            if (field.Kind == FieldKind.Text && field.Property.PropertyType == typeof(string) && (field.Indexed is not null || field.Searched))
                field.MaxLength.Should().NotBeNull($"an index holds no endless text, and {field.Name} has one");
            foreach (var companion in field.Indexed?.With ?? [])
                type.Fields.Should().Contain(other => other.Property.Name == companion && other.Stored);
            if (field.Choices is { } choices)
            {
                choices.Should().OnlyContain(choice => SnakeCase().IsMatch(choice) && choice.Length <= field.MaxLength).And.OnlyHaveUniqueItems();
                if (field.Get(blank) is string { Length: > 0 } initial)
                    choices.Should().Contain(initial);
            }
            if (field.ComputedSql is { } sql)
            {
                sql.Should().Contain("r.").And.NotContain(";");
                field.Writable.Should().BeFalse();
            }
        }
        if (type.NaturalKey is { } key)
        {
            key.Required.Should().BeTrue();
            key.MaxLength.Should().NotBeNull();
        }
    }

    [Theory, MemberData(nameof(All))]
    public void What_identifies_a_person_is_marked(string name)
    {
        var unmarked = RecordTypes.Find(name)!.Fields
            .Where(field => !field.Personal && PersonalName().IsMatch(field.Name))
            .Select(field => $"{name}.{field.Name}");

        unmarked.Should().BeSubsetOf(["resource-accounts.upn", "resource-accounts.displayName"], "those are accounts of machines");
    }

    [Theory, MemberData(nameof(All))]
    public void The_shipped_lifecycle_has_just_the_states_that_the_type_names(string name)
    {
        var type = RecordTypes.Find(name)!;
        typeof(LifecycleRecord).IsAssignableFrom(type.ClrType).Should().Be(type.Lifecycle is not null);
        if (type.Lifecycle is null)
            return;
        using var definition = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryRoot(), "workflows", "definitions", $"{type.Lifecycle}.json")));
        var machine = definition.RootElement.GetProperty("root");

        var states = machine.GetProperty("states").EnumerateArray().Select(state => state.GetProperty("name").GetString());

        type.Find("status")!.Choices.Should().BeEquivalentTo(states);
        ((LifecycleRecord)type.Create()).Status.Should().Be(machine.GetProperty("initialState").GetString());
    }

    [Fact]
    public void Referenced_types_come_before_those_that_refer_to_them()
    {
        var rank = RecordTypes.All.Select((type, at) => (type.Name, at)).ToDictionary(pair => pair.Name, pair => pair.at);

        var backwards = RecordTypes.All
            .SelectMany(type => type.Fields.Where(field => field.Kind == FieldKind.Reference && rank[field.References!.Type] >= rank[type.Name])
                .Select(field => $"{type.Name}.{field.Name}"));

        backwards.Should().BeSubsetOf(["phone-numbers.resourceAccountId", "resource-accounts.phoneNumberId"], "the two name each other, and PostgreSQL checks them at the commit");
    }

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Workflows.sln")))
            folder = Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar)) ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder;
    }

    [GeneratedRegex("^[a-z][a-zA-Z0-9]*$")]
    private static partial Regex CamelCase();

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
    private static partial Regex SnakeCase();

    [GeneratedRegex("(?i)^(email|upn|number|displayName|recipient|billingTelephoneNumber|.*phone)$")]
    private static partial Regex PersonalName();
}
