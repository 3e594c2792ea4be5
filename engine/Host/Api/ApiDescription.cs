using System.Text.Json.Nodes;

using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

using Switchboard.Domain;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Api;

/// <summary>What an endpoint takes and gives, as names of schemas in the API description; the handlers themselves work on JSON.</summary>
/// <param name="Request">Null for no body.</param>
/// <param name="Response">Null for none, or one that is no JSON.</param>
/// <param name="Status">Of success.</param>
internal sealed record Shape(string? Request = null, string? Response = null, int Status = 200)
{
    /// <summary>Query parameters, with what they do.</summary>
    public IReadOnlyList<(string Name, string Description)> Query { get; init; } = [];

    /// <summary>The content type of the body, when it is not JSON.</summary>
    public string RequestType { get; init; } = "application/json";

    public string ResponseType { get; init; } = "application/json";
}

/// <summary>
/// <c>/openapi/v1.json</c>: everything under <c>/api</c>, drawn from the endpoints' own metadata and from the record types,
/// so that it cannot say something else than they do.
/// </summary>
internal static class ApiDescription
{
    private const string DocumentName = "v1";
    private const string RefusalPrefix = "Refused";

    /// <summary>What every call may be refused with; the body is always a Problem.</summary>
    private static readonly (string Status, string Meaning)[] Refusals =
    [
        ("400", "The request cannot be understood"), ("401", "Not signed in"), ("403", "A permission is missing"),
        ("404", "There is no such thing, or it belongs to another tenant"), ("429", "Too many requests; see Retry-After"),
    ];

    private static readonly (string Status, string Meaning)[] RefusalsOfChanges =
    [
        ("409", "Not possible in the present state"), ("412", "If-Match names an old version"), ("413", "The body is too large"),
        ("415", "The body has another content type"), ("422", "A rule is broken"),
    ];

    public static void AddApiDescription(this IServiceCollection services) =>
        services.AddOpenApi(DocumentName, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.ShouldInclude = description => description.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
            options.AddOperationTransformer((operation, context, _) =>
            {
                Describe(operation, context);
                return Task.CompletedTask;
            });
            options.AddDocumentTransformer((document, _, _) =>
            {
                Describe(document);
                return Task.CompletedTask;
            });
        });

    public static void MapApiDescription(this WebApplication app) => app.MapOpenApi().Public();

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Switchboard",
            Version = "1",
            Description = "Records, their lifecycles, tasks, events and artefacts. Errors are problem documents (RFC 9457) with a stable code.",
        };
        document.Servers = []; // wherever it was fetched from
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An access token of POST /api/auth/login." },
        };
        document.Components.Responses = Refusals.Concat(RefusalsOfChanges).ToDictionary(
            refusal => RefusalPrefix + refusal.Status,
            refusal => (IOpenApiResponse)new OpenApiResponse
            {
                Description = refusal.Meaning,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = Media("Problem", document) },
            });
        document.Components.Schemas = new Dictionary<string, IOpenApiSchema>(ApiSchemas.All(document));
        var paths = new OpenApiPaths();
        foreach (var (path, item) in document.Paths.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            paths[path] = item;
        document.Paths = paths;
        document.Tags = null; // the operations' own suffice
    }

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var access = metadata.OfType<Access>().Last();
        var shape = metadata.OfType<Shape>().LastOrDefault() ?? new Shape();
        var document = context.Document!;
        var changes = context.Description.HttpMethod is not "GET";

        operation.OperationId = null;
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        operation.Extensions["x-permission"] = new JsonNodeExtension(access.IsPublic ? "public" : access.Permission ?? "signed-in");
        operation.Security = access.IsPublic
            ? []
            : [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] }];

        foreach (var parameter in operation.Parameters ?? [])
        {
            if (parameter is OpenApiParameter { Name: "type", In: ParameterLocation.Path } type)
                type.Schema = new OpenApiSchemaReference("RecordTypeName", document);
        }
        operation.Parameters ??= [];
        foreach (var (name, description) in shape.Query)
            operation.Parameters.Add(Parameter(name, ParameterLocation.Query, description));
        if (context.Description.HttpMethod is "POST" or "PATCH" && !access.IsPublic)
            operation.Parameters.Add(Parameter("Idempotency-Key", ParameterLocation.Header, "The same key and body again give the first answer again."));
        if ((context.Description.HttpMethod is "PATCH" or "DELETE" or "PUT" || shape.Request == "Merge") && !access.IsPublic)
            operation.Parameters.Add(Parameter("If-Match", ParameterLocation.Header, "The ETag of the version that was read; another one is refused with 412."));

        if (shape.Request is not null || shape.RequestType != "application/json")
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { [shape.RequestType] = Media(shape.Request, document) },
            };
        }
        var responses = new OpenApiResponses
        {
            [shape.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = "Done",
                Content = shape.Response is null && shape.ResponseType == "application/json"
                    ? null
                    : new Dictionary<string, OpenApiMediaType> { [shape.ResponseType] = Media(shape.Response, document) },
            },
        };
        foreach (var (status, _) in changes ? Refusals.Concat(RefusalsOfChanges) : Refusals)
            responses[status] = new OpenApiResponseReference(RefusalPrefix + status, document);
        operation.Responses = responses;
    }

    private static OpenApiMediaType Media(string? schema, OpenApiDocument document) => new()
    {
        Schema = schema is null ? new OpenApiSchema() : new OpenApiSchemaReference(schema, document),
    };

    private static OpenApiParameter Parameter(string name, ParameterLocation place, string description) => new()
    {
        Name = name,
        In = place,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };
}

/// <summary>The schemas that <see cref="Shape"/> names: one a record type, and the few that are the same for all.</summary>
internal static class ApiSchemas
{
    public static IEnumerable<KeyValuePair<string, IOpenApiSchema>> All(OpenApiDocument document)
    {
        var types = RecordTypes.All.OrderBy(type => type.Name, StringComparer.Ordinal).ToList();
        var schemas = new SortedDictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["RecordTypeName"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. types.Select(type => (JsonNode)type.Name)] },
            ["Object"] = new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalPropertiesAllowed = true },
            ["Record"] = new OpenApiSchema { OneOf = [.. types.Select(type => (IOpenApiSchema)new OpenApiSchemaReference(type.ClrType.Name, document))] },
            ["RecordPage"] = Object(("items", List(Reference("Record", document))), ("next", Text(nullable: true)), ("total", Integer())),
            ["Problem"] = Object(
                ("type", Text()), ("title", Text()), ("status", Integer()), ("detail", Text()), ("code", Text()), ("traceId", Text()),
                ("errors", List(Object(("pointer", Text()), ("code", Text()), ("detail", Text()))))),
            ["Credentials"] = Object(("email", Text()), ("password", Text()), ("tenant", Text())),
            ["RefreshToken"] = Object(("refreshToken", Text())),
            ["Tokens"] = Object(
                ("tokenType", Text()), ("accessToken", Text()), ("refreshToken", Text()), ("expiresIn", Integer()), ("user", Reference("Object", document))),
            ["Me"] = Object(
                ("user", Reference("Object", document)), ("tenant", Reference("Object", document)), ("tenants", List(Reference("Object", document))),
                ("roles", List(Text())), ("permissions", List(Text()))),
            ["Batch"] = Object(("items", List(Object(("method", Text()), ("id", Text()), ("version", Integer()), ("body", Reference("Object", document)))))),
            ["BatchResults"] = Object(("results", List(Object(
                ("status", Integer()), ("id", Text()), ("record", Reference("Record", document)), ("problem", Reference("Problem", document)))))),
            ["History"] = Object(("items", List(Object(
                ("at", Instant()), ("actor", Text()), ("action", Text()),
                ("changes", List(Object(("field", Text()), ("oldValue", new OpenApiSchema()), ("newValue", new OpenApiSchema())))),
                ("cause", Object(("instanceId", Text()), ("decisionId", Text()), ("artefact", Text()), ("batchId", Text())))))), ("next", Text(nullable: true))),
            ["Actions"] = Object(
                ("status", Text()), ("instanceId", Text()), ("definition", Object(("id", Text()), ("version", Integer()))),
                ("actions", List(Object(("name", Text()), ("label", Text()), ("form", Text()), ("permission", Text()))))),
            ["Lifecycle"] = Object(
                ("definition", Object(("id", Text()), ("version", Integer()))), ("states", List(Text())),
                ("actions", List(Object(("name", Text()), ("label", Text()), ("from", Text()), ("to", Text()))))),
            ["Ids"] = Object(("ids", List(Id()))),
            ["ManyActions"] = Object(("actions", List(Object(("name", Text()), ("label", Text()), ("form", Text()), ("permission", Text()), ("ids", List(Id())))))),
            ["Merge"] = Object(("sourceId", Id()), ("fields", new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["source", "target"] },
            })),
            ["WorkflowMigration"] = Object(
                ("from", Integer()), ("to", Integer()), ("map", Names()), ("states", Names()), ("instances", List(Id())), ("createdBefore", Instant()),
                ("canary", Integer()), ("dryRun", new OpenApiSchema { Type = JsonSchemaType.Boolean })),
            ["ApprovalRequest"] = Object(
                ("type", Text()), ("title", Text()), ("subject", Object(("type", Text()), ("id", Id()))), ("data", Reference("Object", document))),
            ["BulkAction"] = Object(("ids", List(Text())), ("data", Reference("Object", document))),
            ["Operation"] = Object(
                ("id", Text()), ("kind", Text()), ("status", Text()), ("progress", Object(("done", Integer()), ("total", Integer()))),
                ("result", Reference("Object", document)), ("problem", Reference("Problem", document))),
            ["Items"] = Object(("items", List(Reference("Object", document))), ("next", Text(nullable: true))),
        };
        foreach (var type in types)
            schemas[type.ClrType.Name] = Of(type);
        schemas["WebhookWithSecret"] = new OpenApiSchema { AllOf = [Reference("Webhook", document), Object(("secret", Text()))] };
        schemas["WebhookSecret"] = Object(("id", Id()), ("secret", Text()), ("previousSecretUntil", Text(nullable: true)));
        schemas["Redelivered"] = Object(("redelivered", Integer()), ("more", new OpenApiSchema { Type = JsonSchemaType.Boolean }));
        schemas["WebhookDelivery"] = Object(
            ("id", Id()), ("webhookId", Id()), ("eventId", Id()), ("type", Text()), ("subject", Object(("type", Text()), ("id", Text(nullable: true)))), ("happenedAt", Instant()),
            ("status", Text()), ("attempts", Integer()), ("responseStatus", Integer()), ("lastError", Text(nullable: true)), ("lastAttemptAt", Instant()),
            ("nextAttemptAt", Instant()), ("createdAt", Instant()), ("body", Reference("Object", document)));
        schemas["WebhookDeliveries"] = Object(("items", List(Reference("WebhookDelivery", document))), ("next", Text(nullable: true)));
        return schemas;
    }

    private static OpenApiSchema Of(RecordType type)
    {
        var properties = new List<(string, OpenApiSchema)>
        {
            ("id", ReadOnly(Id())), ("version", ReadOnly(Integer())), ("createdAt", ReadOnly(Instant())), ("updatedAt", ReadOnly(Instant())),
        };
        foreach (var field in type.Fields.Where(field => !field.Secret))
            properties.Add((field.Name, field.Writable ? Of(field) : ReadOnly(Of(field))));
        properties.Add(("custom", new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalPropertiesAllowed = true }));
        var schema = Object([.. properties]);
        schema.Description = $"A record of the type {type.Name}.";
        schema.Required = type.Fields.Where(field => field is { Required: true, Writable: true }).Select(field => field.Name).ToHashSet();
        return schema;
    }

    private static OpenApiSchema Of(Field field)
    {
        var schema = field.Kind switch
        {
            FieldKind.Integer => Integer(),
            FieldKind.Decimal => new OpenApiSchema { Type = JsonSchemaType.Number },
            FieldKind.Boolean => new OpenApiSchema { Type = JsonSchemaType.Boolean },
            FieldKind.Date => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date" },
            FieldKind.Instant => Instant(),
            FieldKind.Reference => Id(),
            FieldKind.Json => new OpenApiSchema(),
            _ => Text(),
        };
        schema.MaxLength = field.MaxLength;
        if (field.Choices is not null) // shipped values; a tenant may have more, so this is no enum
            schema.Description = "One of: " + string.Join(", ", field.Choices) + ", or a value that the tenant has added.";
        else if (field.References is not null)
            schema.Description = $"Refers to {field.References.Type}.";
        if (field is { Nullable: true, Kind: not FieldKind.Json })
            schema.Type |= JsonSchemaType.Null;
        return schema;
    }

    private static OpenApiSchema Object(params (string Name, IOpenApiSchema Schema)[] properties) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = properties.ToDictionary(property => property.Name, property => property.Schema),
    };

    private static OpenApiSchema Object((string Name, OpenApiSchema Schema)[] properties) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = properties.ToDictionary(property => property.Name, property => (IOpenApiSchema)property.Schema),
    };

    private static OpenApiSchemaReference Reference(string name, OpenApiDocument document) => new(name, document);

    private static OpenApiSchema List(IOpenApiSchema items) => new() { Type = JsonSchemaType.Array, Items = items };

    private static OpenApiSchema Text(bool nullable = false) =>
        new() { Type = nullable ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String };

    private static OpenApiSchema Names() => new() { Type = JsonSchemaType.Object, AdditionalProperties = Text() };

    private static OpenApiSchema Id() => new() { Type = JsonSchemaType.String, Format = "uuid" };

    private static OpenApiSchema Instant() => new() { Type = JsonSchemaType.String, Format = "date-time" };

    private static OpenApiSchema Integer() => new() { Type = JsonSchemaType.Integer };

    private static OpenApiSchema ReadOnly(OpenApiSchema schema)
    {
        schema.ReadOnly = true;
        return schema;
    }
}
