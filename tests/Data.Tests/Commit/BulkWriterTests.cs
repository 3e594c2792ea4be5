using FluentAssertions;

using Npgsql;

using Switchboard.Data.Commit;

using Xunit;

using static Switchboard.Data.Tests.Commit.CommitDatabase;

namespace Switchboard.Data.Tests.Commit;

public sealed class BulkWriterTests(CommitDatabase database) : IClassFixture<CommitDatabase>
{
    private BulkWriter NewWriter() => new(database.DataSource, new CommitSignals());

    [Fact]
    public async Task Thousands_of_rows_are_written_as_the_committer_writes_them()
    {
        var ids = Enumerable.Range(0, 3000).Select(_ => NewId()).ToArray();
        var insert = NewStep();
        foreach (var (at, id) in ids.Index())
        {
            insert.Insert(Parts, Tenant, NewId(), id); // before the row it refers to: the order of tables counts, not of rows
            insert.Insert(Things, Thing(id, $"bulk-{at}", at));
        }
        await NewWriter().CommitAsync([insert], CancellationToken.None);
        var change = NewStep();
        foreach (var (at, id) in ids.Index().Where(pair => pair.Index % 2 == 0))
            change.Update(Things, Thing(id, $"bulk-{at}", at + 1, 2), 1);
        var ran = false;
        change.Committed.Add(() => ran = true);

        (await NewWriter().CommitAsync([change], CancellationToken.None)).Should().Be(StepOutcome.Committed);

        ran.Should().BeTrue();
        var rows = await database.ThingsAsync("bulk-");
        rows.Should().HaveCount(3000);
        rows.Values.Sum(row => row.Amount).Should().Be(3000 * 2999 / 2 + 1500);
    }

    [Fact]
    public async Task One_stale_row_refuses_all_of_it()
    {
        var id = NewId();
        await NewWriter().CommitAsync([Inserting(id, "bulkfence-a")], CancellationToken.None);
        var step = Inserting(NewId(), "bulkfence-b");
        step.Update(Things, Thing(id, "bulkfence-a", 1, 3), expectedVersion: 2);

        (await NewWriter().CommitAsync([step], CancellationToken.None)).Should().Be(StepOutcome.Fenced);
        (await database.ThingsAsync("bulkfence-")).Should().ContainSingle();
    }

    [Fact]
    public async Task One_bad_row_fails_all_of_it()
    {
        var commit = () => NewWriter().CommitAsync([Inserting(NewId(), "bulkbad-a"), Inserting(NewId(), "bulkbad-b", -1)], CancellationToken.None);

        await commit.Should().ThrowAsync<PostgresException>();
        (await database.ThingsAsync("bulkbad-")).Should().BeEmpty();
    }
}
