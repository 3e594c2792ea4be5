using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;

namespace Switchboard.Host.Api;

/// <summary>
/// An answer as data: status, the headers that belong to it, and the body's bytes. Data and not a stream, because the
/// answer to a call with an idempotency key is stored in the transaction of its effect and given again later.
/// </summary>
internal sealed record Answer(int Status, byte[] Body, string? ETag = null, string? Location = null) : IResult
{
    public static Answer Of(RecordType type, Record record, int status = StatusCodes.Status200OK) => new(
        status,
        RecordJson.ToUtf8(type, record),
        Preconditions.ETagOf(record.Version),
        status == StatusCodes.Status201Created ? $"/api/{type.Name}/{record.Id}" : null);

    public static Answer Of(JsonNode node, int status = StatusCodes.Status200OK) => new(status, Utf8(node));

    public static Answer NoContent { get; } = new(StatusCodes.Status204NoContent, []);

    /// <summary>Written piece by piece into memory: for answers that are made of records.</summary>
    public static Answer Written(Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, RecordJson.WriterOptions))
            write(writer);
        return new Answer(status, buffer.ToArray());
    }

    public static byte[] Utf8(JsonNode node)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, RecordJson.WriterOptions))
            node.WriteTo(writer);
        return buffer.ToArray();
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (ETag is not null)
            response.Headers.ETag = ETag;
        if (Location is not null)
            response.Headers.Location = Location;
        if (Status == StatusCodes.Status204NoContent)
            return;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = Body.Length;
        await response.Body.WriteAsync(Body, httpContext.RequestAborted);
    }
}
