using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Conpot.Pi.Benchmarks.Processes;

namespace Conpot.Pi.Benchmarks.Measures;

/// <summary>What the native compiler put into the binary, by the assembly that it came from: its .mstat file, added up.</summary>
/// <remarks>
/// The file is an assembly whose global methods are lists written as IL (dotnet/runtime, ILCompiler.Compiler, MstatObjectDumper.cs, format 2):
/// Methods are (ldtoken, code, GC info, exception info, name), Types (ldtoken, size, name), Blobs (ldstr, size).
/// A generic instance counts for the assembly that defines it, whoever asked for it.
/// </remarks>
internal sealed class BinarySize
{
    private readonly MetadataReader _metadata;
    private readonly PEReader _file;

    private BinarySize(PEReader file) => (_file, _metadata) = (file, file.GetMetadataReader());

    /// <summary>Bytes of machine code and types by assembly.</summary>
    public Dictionary<string, long> Assemblies { get; } = [];

    /// <summary>Bytes of machine code and types by namespace, of the sensor's own assembly.</summary>
    public Dictionary<string, long> Namespaces { get; } = [];

    /// <summary>Bytes of what belongs to no type: metadata, strings, resources, stack trace tables.</summary>
    public Dictionary<string, long> Blobs { get; } = [];

    public static BinarySize Read(string mstat)
    {
        using var file = new PEReader(new MemoryStream(File.ReadAllBytes(mstat)));
        var size = new BinarySize(file);
        if (size._metadata.GetAssemblyDefinition().Version.Major != 2) throw new RigException($"{mstat}: format {size._metadata.GetAssemblyDefinition().Version} is not understood; this rig reads 2");
        size.ReadAll();
        return size;
    }

    private void ReadAll()
    {
        for (var methods = List("Methods"); methods.RemainingBytes > 0; _ = Number(ref methods))
        {
            var owner = Owner(Token(ref methods));
            Add(owner, Number(ref methods) + Number(ref methods) + Number(ref methods));
        }
        for (var types = List("Types"); types.RemainingBytes > 0; _ = Number(ref types)) Add(Owner(Token(ref types)), Number(ref types));
        for (var blobs = List("Blobs"); blobs.RemainingBytes > 0;)
        {
            _ = blobs.ReadByte(); // ldstr
            var name = _metadata.GetUserString(MetadataTokens.UserStringHandle(blobs.ReadInt32() & 0xFFFFFF));
            Blobs[name] = Blobs.GetValueOrDefault(name) + Number(ref blobs);
        }
    }

    private void Add((string Assembly, string Namespace) owner, long bytes)
    {
        Assemblies[owner.Assembly] = Assemblies.GetValueOrDefault(owner.Assembly) + bytes;
        if (owner.Assembly == "conpot-pi") Namespaces[owner.Namespace] = Namespaces.GetValueOrDefault(owner.Namespace) + bytes;
    }

    private BlobReader List(string name)
    {
        var handle = _metadata.GetTypeDefinition(MetadataTokens.TypeDefinitionHandle(1)).GetMethods().First(m => _metadata.GetString(_metadata.GetMethodDefinition(m).Name) == name);
        return _file.GetMethodBody(_metadata.GetMethodDefinition(handle).RelativeVirtualAddress).GetILReader();
    }

    private static EntityHandle Token(ref BlobReader list)
    {
        _ = list.ReadByte(); // ldtoken
        return MetadataTokens.EntityHandle(list.ReadInt32());
    }

    /// <summary>ldc.i4 in its forms (ECMA-335, III.3.40).</summary>
    private static int Number(ref BlobReader list) => list.ReadByte() switch
    {
        0x1F => list.ReadSByte(),
        0x20 => list.ReadInt32(),
        var shortForm => shortForm - 0x16,
    };

    private (string Assembly, string Namespace) Owner(EntityHandle handle)
    {
        while (true)
        {
            switch (handle.Kind)
            {
                case HandleKind.MethodSpecification:
                    handle = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method;
                    break;
                case HandleKind.MemberReference:
                    handle = _metadata.GetMemberReference((MemberReferenceHandle)handle).Parent;
                    break;
                case HandleKind.TypeSpecification:
                    handle = Defining(_metadata.GetBlobReader(_metadata.GetTypeSpecification((TypeSpecificationHandle)handle).Signature));
                    break;
                case HandleKind.TypeReference:
                    var type = _metadata.GetTypeReference((TypeReferenceHandle)handle);
                    if (type.ResolutionScope.Kind == HandleKind.AssemblyReference)
                        return (_metadata.GetString(_metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name), _metadata.GetString(type.Namespace));
                    handle = type.ResolutionScope; // of a nested type, the one around it
                    break;
                default:
                    return ("System.Private.CoreLib", "");
            }
        }
    }

    /// <summary>The type that an instance, an array or a pointer is made of (ECMA-335, II.23.2.12); nothing for a primitive one, which is the core library's.</summary>
    private static EntityHandle Defining(BlobReader signature)
    {
        while (signature.RemainingBytes > 0)
        {
            switch (signature.ReadSignatureTypeCode())
            {
                case SignatureTypeCode.TypeHandle:
                    return signature.ReadTypeHandle();
                case SignatureTypeCode.GenericTypeInstance or SignatureTypeCode.SZArray or SignatureTypeCode.Array or SignatureTypeCode.Pointer or SignatureTypeCode.ByReference:
                    break;
                default:
                    return default;
            }
        }
        return default;
    }
}
