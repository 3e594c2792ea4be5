using System.Text.Json.Nodes;
using FluentAssertions;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Xunit;
using Record = Switchboard.Domain.Record;

namespace Switchboard.Data.Tests.Records;

public sealed class RecordWriterTests(RecordDatabase fixture) : IClassFixture<RecordDatabase>
{
    private static readonly RecordType Sites = RecordTypes.Of<Site>();
    private static readonly RecordType Migrations = RecordTypes.Of<Migration>();
    private static readonly RecordType Numbers = RecordTypes.Of<PhoneNumber>();
    private static readonly RecordType EndUsers = RecordTypes.Of<EndUser>();
    private static readonly RecordType Orders = RecordTypes.Of<PortOrder>();

    private readonly Guid tenant = RecordDatabase.NewId();

    [Theory]
    [InlineData("""{"name": 5}""", "name", "invalid_type")]
    [InlineData("""{"name": null}""", "name", "required")]
    [InlineData("""{"name": "  "}""", "name", "required")]
    [InlineData("""{"name": "a\u0000b"}""", "name", "invalid_text")]
    [InlineData("""{"name": "a\ud800"}""", "name", "invalid_text")]
    [InlineData("""{"colour": "red"}""", "colour", "unknown_field")]
    [InlineData("""{"a/b": 1}""", "a~1b", "unknown_field")]
    [InlineData("""{"id": "0198c0de-0000-7000-8000-000000000000"}""", "id", "read_only_field")]
    [InlineData("""{"version": 7}""", "version", "read_only_field")]
    [InlineData("""{"timezone": "Mars/Olympus"}""", "timezone", null)]
    [InlineData("""{"custom": {"colour": 1}}""", "custom/colour", "unknown_field")]
    [InlineData("""{"custom": 5}""", "custom", "invalid_type")]
    public async Task A_site_is_refused_with_the_field_and_the_rule(string wrong, string field, string? code)
    {
        var body = Parse("""{"name": "Boston", "timezone": "America/New_York"}""");
        foreach (var (name, value) in Parse(wrong))
            body[name] = value?.DeepClone();

        var problem = await RefusedAsync(() => CreateAsync(Sites, body));

        problem.Status.Should().Be(422);
        problem.Errors.Should().Contain(error => error.Field == field && (code == null || error.Code == code));
    }

    [Theory]
    [InlineData("""{"type": "pigeon"}""", "type", "invalid_choice")]
    [InlineData("""{"migrationId": "0198c0de-0000-7000-8000-000000000000"}""", "migrationId", "unknown_reference")]
    [InlineData("""{"migrationId": "Boston"}""", "migrationId", "invalid_type")]
    [InlineData("""{"number": "12"}""", "number", "invalid_number")]
    [InlineData("""{"number": ""}""", "number", "required")]
    [InlineData("""{"attempt": 3}""", "attempt", "status_is_owned_by_lifecycle")]
    public async Task A_number_is_refused_with_the_field_and_the_rule(string wrong, string field, string code)
    {
        var body = Parse($$"""{"number": "+16172000001", "migrationId": "{{(await fixture.AddAsync(tenant, Migrations)).Id}}"}""");
        foreach (var (name, value) in Parse(wrong))
            body[name] = value?.DeepClone();

        var problem = await RefusedAsync(() => CreateAsync(Numbers, body));

        (problem.Status, problem.Code).Should().Be((422, code));
        problem.Errors.Should().ContainSingle().Which.Field.Should().Be(field);
    }

    [Fact]
    public async Task A_status_is_changed_by_its_lifecycle_only()
    {
        var number = await fixture.AddAsync(tenant, Numbers);

        var problem = await RefusedAsync(() => PatchAsync(Numbers, number.Id, """{"status": "verified", "colour": 1}"""));

        (problem.Status, problem.Code).Should().Be((422, "status_is_owned_by_lifecycle"));
    }

    [Fact]
    public async Task Too_long_a_text_says_how_long_it_may_be()
    {
        var problem = await RefusedAsync(() => CreateAsync(Sites, new JsonObject { ["name"] = new string('x', 201), ["timezone"] = "Etc/UTC" }));

        problem.Errors.Should().ContainSingle().Which.Should().Match<FieldError>(error => error.Code == "too_long" && error.Detail.Contains("200"));
    }

    [Fact]
    public async Task A_reference_to_another_tenants_record_is_unknown()
    {
        var theirs = await fixture.AddAsync(RecordDatabase.NewId(), Sites);

        var problem = await RefusedAsync(() => CreateAsync(Migrations, new JsonObject { ["name"] = "Ours", ["siteId"] = theirs.Id.ToString() }));

        problem.Code.Should().Be("unknown_reference");
    }

    [Fact]
    public async Task Every_id_of_a_list_must_exist()
    {
        var number = (PhoneNumber)await fixture.AddAsync(tenant, Numbers);
        var body = new JsonObject
        {
            ["reference"] = "A1",
            ["migrationId"] = number.MigrationId.ToString(),
            ["phoneNumberIds"] = new JsonArray(number.Id.ToString(), RecordDatabase.NewId().ToString()),
        };

        var problem = await RefusedAsync(() => CreateAsync(Orders, body));

        problem.Errors.Should().ContainSingle().Which.Should().Match<FieldError>(error => error.Field == "phoneNumberIds/1" && error.Code == "unknown_reference");
    }

    [Fact]
    public async Task Of_two_who_take_one_natural_key_at_once_one_gets_it()
    {
        var attempts = Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                await CreateAsync(Sites, Parse("""{"name": "Boston", "timezone": "Etc/UTC"}"""));
                return null;
            }
            catch (ProblemException problem)
            {
                return problem;
            }
        });

        var outcomes = await Task.WhenAll(attempts);

        outcomes.Count(problem => problem is null).Should().Be(1);
        outcomes.OfType<ProblemException>().Should().OnlyContain(problem => problem.Status == 422 && problem.Code == "duplicate" && problem.Errors[0].Field == "name");
    }

    [Fact]
    public async Task A_merge_patch_clears_with_null_and_merges_objects()
    {
        var site = await CreateAsync(Sites, Parse("""
            {"name": "Boston", "timezone": "Etc/UTC", "city": "Boston", "businessHours": {
                "monday": [{"open": "09:00", "close": "17:00"}], "tuesday": [], "wednesday": [], "thursday": [], "friday": [], "saturday": [], "sunday": null}}
            """));

        var after = (Site)await PatchAsync(Sites, site.Id, """{"city": null, "businessHours": {"tuesday": [{"open": "10:00", "close": "12:00"}]}}""");

        after.City.Should().BeNull();
        after.Name.Should().Be("Boston");
        after.BusinessHours!["monday"]!.AsArray().Should().HaveCount(1);
        after.BusinessHours["tuesday"]!.AsArray().Should().HaveCount(1);
    }

    [Fact]
    public async Task Changes_made_at_once_without_a_version_all_take_effect()
    {
        var site = await fixture.AddAsync(tenant, Sites);
        string[] fields = ["address", "city", "state", "postalCode", "country"];

        await Task.WhenAll(fields.Select(field => PatchAsync(Sites, site.Id, $$"""{"{{field}}": "changed"}""")));

        var after = await fixture.Reader.GetAsync(tenant, Sites, site.Id, CancellationToken.None);
        after!.Version.Should().Be(6);
        fields.Select(field => Sites.Find(field)!.Get(after)).Should().AllBeEquivalentTo("changed");
    }

    [Fact]
    public async Task Of_changes_made_at_once_to_one_version_one_is_made()
    {
        var site = await fixture.AddAsync(tenant, Sites);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(async number =>
        {
            try
            {
                await fixture.Writer.PatchAsync(tenant, Sites, site.Id, new JsonObject { ["city"] = $"City {number} of many" }, 1, RecordDatabase.By(), null, CancellationToken.None);
                return 200;
            }
            catch (ProblemException problem)
            {
                return problem.Status;
            }
        }));

        outcomes.Order().Should().Equal(200, 412, 412, 412, 412, 412);
    }

    [Fact]
    public async Task What_others_refer_to_is_not_deleted_and_the_answer_says_who()
    {
        var migration = (Migration)await fixture.AddAsync(tenant, Migrations);

        var problem = await RefusedAsync(() => DeleteAsync(Sites, migration.SiteId));

        (problem.Status, problem.Code).Should().Be((409, "is_referenced"));
        problem.Extensions!["referencedBy"]!.ToJsonString().Should().Be("""[{"type":"migrations","field":"siteId","count":1}]""");
    }

    [Fact]
    public async Task A_number_in_an_order_is_not_deleted()
    {
        var number = (PhoneNumber)await fixture.AddAsync(tenant, Numbers);
        await CreateAsync(Orders, new JsonObject
        {
            ["reference"] = "A1",
            ["migrationId"] = number.MigrationId.ToString(),
            ["phoneNumberIds"] = new JsonArray(number.Id.ToString()),
        });

        (await RefusedAsync(() => DeleteAsync(Numbers, number.Id))).Code.Should().Be("is_referenced");
    }

    [Fact]
    public async Task Deleting_an_end_user_takes_it_off_its_numbers_as_a_change_of_theirs()
    {
        var user = (EndUser)await fixture.AddAsync(tenant, EndUsers);
        var number = await CreateAsync(Numbers, new JsonObject { ["number"] = "+16172000001", ["migrationId"] = user.MigrationId.ToString(), ["endUserId"] = user.Id.ToString() });

        await DeleteAsync(EndUsers, user.Id);

        var after = (PhoneNumber)(await fixture.Reader.GetAsync(tenant, Numbers, number.Id, CancellationToken.None))!;
        (after.EndUserId, after.Version).Should().Be((null, 2));
        var changes = await fixture.ScalarAsync<string>("select changes::text from history where tenant_id = $1 and record_id = $2 and action = 'updated'", tenant, number.Id);
        changes.Should().Contain(user.Id.ToString()).And.Contain("endUserId");
    }

    [Fact]
    public async Task Comments_and_tags_go_with_their_record()
    {
        var site = await fixture.AddAsync(tenant, Sites);
        var step = new Step(tenant);
        var now = FieldText.Microseconds(TimeProvider.System.GetUtcNow());
        step.Insert(SystemTables.Tags, tenant, RecordDatabase.NewId(), "sites", site.Id, "urgent", now);
        step.Insert(SystemTables.Comments, tenant, RecordDatabase.NewId(), "sites", site.Id, null, "Test", "Hello", false, now, now, 1L);
        await fixture.Committer.CommitAsync(step, CancellationToken.None);

        await DeleteAsync(Sites, site.Id);

        (await fixture.ScalarAsync<long>("select (select count(*) from tags where record_id = $1) + (select count(*) from comments where record_id = $1)", site.Id)).Should().Be(0);
    }

    [Fact]
    public async Task A_batch_answers_each_item_in_order_and_refuses_only_the_wrong_ones()
    {
        var (kept, gone) = (await fixture.AddAsync(tenant, Sites, 1), await fixture.AddAsync(tenant, Sites, 2));
        var referenced = ((Migration)await fixture.AddAsync(tenant, Migrations, 3)).SiteId;
        BatchItem[] items =
        [
            new("POST", null, Parse("""{"name": "New", "timezone": "Etc/UTC"}""")),
            new("POST", null, Parse("""{"name": "New", "timezone": "Etc/UTC"}""")),
            new("patch", kept.Id, Parse("""{"city": "Boston"}""")),
            new("PATCH", kept.Id, Parse("""{"state": "MA"}""")),
            new("PATCH", kept.Id, Parse("""{"state": "MA"}""")),
            new("DELETE", gone.Id, null),
            new("PATCH", gone.Id, Parse("""{"city": "Nowhere"}""")),
            new("DELETE", referenced, null),
            new("PATCH", RecordDatabase.NewId(), Parse("{}")),
            new("POST", null, null),
            new("POST", null, Parse("""{"name": "Other", "timezone": "Etc/UTC", "colour": 1}""")),
        ];

        var results = await BatchAsync(items);

        results.Select(result => result.Status).Should().Equal(201, 422, 200, 200, 200, 204, 404, 409, 404, 400, 422);
        results.Select(result => result.Problem?.Code).Should().Equal(
            null, "duplicate", null, null, null, null, "not_found", "is_referenced", "not_found", "invalid_item", "unknown_field");
        var after = (Site)(await fixture.Reader.GetAsync(tenant, Sites, kept.Id, CancellationToken.None))!;
        (after.City, after.State, after.Version).Should().Be(("Boston", "MA", 2));
        results[4].Record!.Version.Should().Be(2, "what an item answers is what is stored");
        (await fixture.Reader.GetManyAsync(tenant, Sites, [gone.Id, referenced, results[0].Record!.Id], CancellationToken.None)).Keys
            .Should().BeEquivalentTo([referenced, results[0].Record!.Id]);
    }

    [Fact]
    public async Task A_batch_of_a_thousand_goes_through_and_one_more_is_refused()
    {
        var items = Enumerable.Range(0, 1001).Select(number => new BatchItem("POST", null, new JsonObject { ["name"] = $"Site {number}", ["timezone"] = "Etc/UTC" })).ToList();

        (await RefusedAsync(() => BatchAsync(items))).Code.Should().Be("too_many_items");
        var results = await BatchAsync(items[..1000]);

        results.Should().OnlyContain(result => result.Status == 201);
        (await fixture.Reader.CountAsync(tenant, RecordDatabase.Query(Sites, ""), CancellationToken.None)).Should().Be(1000);
    }

    [Fact]
    public async Task The_runtime_adds_to_the_step_that_creates_and_deletes()
    {
        var own = new RecordHooks
        {
            Creating = (step, type, record, context, _) =>
            {
                RecordChanges.Audit(step, type.Name, record.Id, context with { Action = "lifecycle.started" });
                ((PhoneNumber)record).Status = "loa_submitted";
                return ValueTask.CompletedTask;
            },
            Deleting = (step, type, record, context, _) =>
            {
                RecordChanges.Audit(step, type.Name, record.Id, context with { Action = "lifecycle.ended" });
                return ValueTask.CompletedTask;
            },
        };
        var writer = new RecordWriter(fixture.Database, fixture.Reader, fixture.Validation, fixture.Catalogue, fixture.Committer, own);
        var migration = await fixture.AddAsync(tenant, Migrations);

        var number = await writer.CreateAsync(tenant, Numbers, new JsonObject { ["number"] = "+16172000001", ["migrationId"] = migration.Id.ToString() }, RecordDatabase.By(), null, CancellationToken.None);
        await writer.DeleteAsync(tenant, Numbers, number.Id, null, RecordDatabase.By(), null, CancellationToken.None);

        ((PhoneNumber)number).Status.Should().Be("loa_submitted");
        (await fixture.ScalarAsync<long>("select count(*) from audit where subject_id = $1 and action like 'lifecycle.%'", number.Id)).Should().Be(2);
    }

    [Fact]
    public async Task A_request_with_a_key_takes_effect_once_however_often_it_comes()
    {
        var keys = new IdempotencyKeys(fixture.Database);
        var key = IdempotencyKey.Of("once", null, "POST", "/api/sites", "body"u8);

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => SendAsync(key)));
        var later = await SendAsync(key);
        var other = () => keys.FindAsync(tenant, IdempotencyKey.Of("once", null, "POST", "/api/sites", "other"u8), CancellationToken.None);

        answers.Count(answer => !answer.Replayed).Should().Be(1);
        answers.Append(later).Select(answer => Convert.ToHexString(answer.Answer.Body)).Distinct().Should().ContainSingle();
        later.Replayed.Should().BeTrue();
        (await fixture.Reader.CountAsync(tenant, RecordDatabase.Query(Sites, ""), CancellationToken.None)).Should().Be(1);
        (await other.Should().ThrowAsync<ProblemException>()).Which.Code.Should().Be("idempotency_key_reused");

        Task<(StoredAnswer Answer, bool Replayed)> SendAsync(IdempotencyKey key) => keys.OnceAsync(tenant, key, async () =>
        {
            StoredAnswer answer = null!;
            // Without a natural key in the way: only the idempotency key can keep the second one out.
            var body = new JsonObject { ["name"] = $"Site {RecordDatabase.NewId()}", ["timezone"] = "Etc/UTC" };
            await fixture.Writer.CreateAsync(tenant, Sites, body, RecordDatabase.By(), (step, record) =>
            {
                answer = new StoredAnswer(201, new JsonObject { ["ETag"] = "\"1\"" }, RecordJson.ToUtf8(Sites, record));
                IdempotencyKeys.Add(step, key, answer, TimeProvider.System.GetUtcNow());
            }, CancellationToken.None);
            return answer;
        }, CancellationToken.None);
    }

    [Fact]
    public async Task History_keeps_the_order_of_changes_within_a_millisecond()
    {
        var site = await fixture.AddAsync(tenant, Sites);
        var at = TimeProvider.System.GetUtcNow();
        Record before = site;
        for (var i = 0; i < 20; i++)
        {
            var after = RecordChanges.Copy(Sites, before);
            ((Site)after).City = $"City {i}";
            var step = new Step(tenant);
            RecordChanges.Update(step, Sites, before, after, new ChangeContext(null, "Test", $"change_{i:00}", at));
            await fixture.Committer.CommitAsync(step, CancellationToken.None);
            before = after;
        }

        var order = await fixture.ScalarAsync<string>("select string_agg(action, ' ' order by id) from history where record_id = $1 and action like 'change%'", site.Id);

        order.Should().Be(string.Join(' ', Enumerable.Range(0, 20).Select(i => $"change_{i:00}")));
    }

    private Task<Record> CreateAsync(RecordType type, JsonObject body) =>
        fixture.Writer.CreateAsync(tenant, type, body, RecordDatabase.By(), null, CancellationToken.None);

    private Task<Record> PatchAsync(RecordType type, Guid id, string patch) =>
        fixture.Writer.PatchAsync(tenant, type, id, Parse(patch), null, RecordDatabase.By(), null, CancellationToken.None);

    private Task<Record> DeleteAsync(RecordType type, Guid id) =>
        fixture.Writer.DeleteAsync(tenant, type, id, null, RecordDatabase.By(), null, CancellationToken.None);

    private Task<BatchResult[]> BatchAsync(IReadOnlyList<BatchItem> items) =>
        fixture.Writer.BatchAsync(tenant, Sites, items, RecordDatabase.By(), null, CancellationToken.None);

    private static async Task<ProblemException> RefusedAsync<T>(Func<Task<T>> act) => (await act.Should().ThrowAsync<ProblemException>()).Which;

    private static JsonObject Parse(string json) => RecordJson.ParseObject(System.Text.Encoding.UTF8.GetBytes(json));
}
