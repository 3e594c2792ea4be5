using FluentAssertions;

using Microsoft.Extensions.Logging.Abstractions;

using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Scripts;
using Switchboard.Workflows.Definitions;

using Xunit;

namespace Switchboard.Engine.Tests.Artefacts;

/// <summary>What ships is as right as what a tenant may publish.</summary>
public sealed class ShippedArtefactTests
{
    private static readonly ArtefactKinds Kinds = ArtefactKinds.Of(new ActivityCatalogue(typeof(InstanceRunner).Assembly));

    private static readonly PublishedArtefacts Published = new(new ShippedArtefacts(), Kinds, TimeProvider.System);

    public static TheoryData<string, string> All
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var version in Published.Shipped)
                data.Add(version.Kind, version.Key);
            return data;
        }
    }

    [Theory, MemberData(nameof(All))]
    public async Task It_has_no_error_and_its_tests_pass(string kind, string key)
    {
        var world = new ArtefactWorld(Kinds, (otherKind, otherKey) => Published.FindShipped(otherKind, otherKey)?.Content, TimeProvider.System);
        await using var scripts = new ScriptWorker(new ScriptOptions(), NullLogger<ScriptWorker>.Instance);
        var content = ArtefactKinds.Of(new ActivityCatalogue(typeof(InstanceRunner).Assembly), new BurstFeatures(scripts.EvaluateAsync)).Of(kind).Read(key, Published.FindShipped(kind, key)!.Content);

        (await ArtefactChecks.CheckAsync(content, world, null, CancellationToken.None)).Where(problem => problem.Severity == "error").Should().BeEmpty();
        (await ArtefactChecks.TestAsync(content, world, CancellationToken.None)).Where(result => !result.Passed).Should().BeEmpty();
    }

    [Fact]
    public void Every_shipped_file_is_of_a_known_kind() =>
        new ShippedArtefacts().All.Should().OnlyContain(file => Kinds.Knows(file.Kind));
}
