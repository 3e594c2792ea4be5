using FluentAssertions;

using Npgsql;

using Switchboard.Data.Commit;

using Xunit;

using static Switchboard.Data.Tests.Commit.CommitDatabase;

namespace Switchboard.Data.Tests.Commit;

/// <summary>Ten thousand random steps against a model that applies them one after another in memory.</summary>
public sealed class CommitOracleTests(CommitDatabase database) : IClassFixture<CommitDatabase>
{
    private const int Ids = 120;

    [Theory]
    [InlineData(1)]
    [InlineData(20261121)]
    public async Task Random_steps_end_as_if_they_had_come_one_by_one(int seed)
    {
        var random = new Random(seed);
        var prefix = $"oracle-{seed}-";
        var ids = Enumerable.Range(0, Ids).Select(_ => NewId()).ToArray();
        var model = new Dictionary<Guid, (string Name, long Amount, long Version)>();
        await using var committer = database.NewCommitter();

        for (var done = 0; done < 5_000;)
        {
            var group = Enumerable.Range(0, random.Next(1, 200)).Select(_ => NewRandomStep(random, model, ids, prefix)).ToArray();
            var commits = group.Select(step => committer.CommitAsync(step, CancellationToken.None)).ToArray();
            for (var i = 0; i < group.Length; i++)
            {
                var expected = Apply(group[i], model);
                var outcome = await OutcomeAsync(commits[i]);
                outcome.Should().Be(expected, "that is what step {0} of seed {1} does when all before it are done", done + i, seed);
            }
            done += group.Length;
        }

        (await database.ThingsAsync(prefix)).Should().BeEquivalentTo(model);
    }

    private static Step NewRandomStep(Random random, Dictionary<Guid, (string Name, long Amount, long Version)> model, Guid[] ids, string prefix)
    {
        var step = NewStep();
        foreach (var at in Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(ids.Length)).Distinct())
        {
            var id = ids[at];
            var version = model.TryGetValue(id, out var row) ? row.Version : 1;
            if (random.Next(12) == 0)
                version += random.Next(-1, 2);
            switch (random.Next(10))
            {
                case < 3 when !model.ContainsKey(id) || random.Next(20) == 0:
                    step.Insert(Things, Thing(id, prefix + at, random.Next(100)));
                    break;
                case 3:
                    step.Delete(Things, id, version);
                    break;
                case 4:
                    step.Delete(Things, id);
                    break;
                default:
                    step.Update(Things, Thing(id, prefix + at, random.Next(100), version + 1), version);
                    break;
            }
        }
        if (random.Next(100) == 0 && step.Updates.Count + step.Deletes.Count == 0)
            step.Insert(Things, Thing(NewId(), $"{prefix}bad", -1));
        return step;
    }

    private static string Apply(Step step, Dictionary<Guid, (string Name, long Amount, long Version)> model)
    {
        if (step.Deletes.Any(row => row.ExpectedVersion is { } version && !HasVersion(row.Id, version)))
            return "Fenced";
        if (step.Updates.Any(row => !HasVersion((Guid)row.Row[1]!, row.ExpectedVersion)))
            return "Fenced";
        if (step.Inserts.Any(row => (long)row.Row[3]! < 0 || model.ContainsKey((Guid)row.Row[1]!)))
            return "Failed";
        foreach (var row in step.Deletes)
            model.Remove(row.Id);
        foreach (var row in step.Inserts.Select(insert => insert.Row).Concat(step.Updates.Select(update => update.Row)))
            model[(Guid)row[1]!] = ((string)row[2]!, (long)row[3]!, (long)row[4]!);
        return "Committed";

        bool HasVersion(Guid id, long version) => model.TryGetValue(id, out var row) && row.Version == version;
    }

    private static async Task<string> OutcomeAsync(Task<StepOutcome> commit)
    {
        try
        {
            return (await commit).ToString();
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.CheckViolation or PostgresErrorCodes.UniqueViolation)
        {
            return "Failed";
        }
    }
}
