using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Runtime.Artefacts.Kinds;

using Xunit;

namespace Switchboard.Engine.Tests.Artefacts;

/// <summary>What editors are told of forms is what the reader of forms knows.</summary>
public sealed class FormSchemaTests
{
    private readonly JsonNode schema = Read();

    [Fact]
    public void It_knows_every_component_that_the_reader_knows()
    {
        var component = schema["$defs"]!["component"]!;
        IEnumerable<string> Choices(JsonNode node) => node["properties"]!["type"]!["enum"]!.AsArray().Select(type => (string)type!);

        Choices(component).Should().BeEquivalentTo(FormContent.Inputs.Concat(FormContent.Others));
        Choices(component["allOf"]![0]!["if"]!).Should().BeEquivalentTo(FormContent.Inputs, "those need a key");
    }

    [Fact]
    public void It_knows_the_newest_version_that_the_reader_takes() =>
        ((int)schema["properties"]!["schemaVersion"]!["maximum"]!).Should().Be(FormContent.NewestSchema);

    private static JsonNode Read()
    {
        using var stream = typeof(FormContent).Assembly.GetManifestResourceStream("form.schema.json")!;
        return JsonNode.Parse(stream)!;
    }
}
