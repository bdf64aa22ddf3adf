"""GPUs that are not there, so that engines' argument code runs on any machine: counts, capability and memory; no kernel runs."""
import importlib.machinery
import sys
import types


class Properties:
    name = "NVIDIA H100"
    multi_processor_count = 132
    warp_size = 32
    max_threads_per_multi_processor = 2048
    regs_per_multiprocessor = 65536
    shared_memory_per_block_optin = 232448
    L2_cache_size = 50 << 20
    is_integrated = 0


def stub_modules(*names):
    """Packages that hold nothing but kernels."""
    for name in names:
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        module.__path__ = []

        def attribute(key):
            if key.startswith("__"):
                raise AttributeError(key)
            return lambda *given, **named: None

        module.__getattr__ = attribute
        sys.modules[name] = module


def install(capability=(9, 0), gib=80, count=8):
    """Has PyTorch report `count` GPUs of that compute capability and memory."""
    import torch

    Properties.major, Properties.minor = capability
    Properties.total_memory = int(gib * 2**30)
    answers = {
        "is_available": True,
        "device_count": count,
        "get_device_capability": capability,
        "get_device_properties": Properties,
        "get_device_name": Properties.name,
        "mem_get_info": (int(Properties.total_memory * 0.99), Properties.total_memory),
        "current_device": 0,
        "is_bf16_supported": True,
    }
    for name, answer in answers.items():
        setattr(torch.cuda, name, lambda *given, _answer=answer, **named: _answer)


def install_vllm(capability=(9, 0), gib=80, count=8):
    """The same for vLLM, which asks its own platform class."""
    install(capability, gib, count)
    import vllm.platforms as platforms
    from vllm.platforms.cuda import NonNvmlCudaPlatform as Cuda
    from vllm.platforms.interface import DeviceCapability

    Cuda.get_device_capability = classmethod(lambda cls, device_id=0: DeviceCapability(*capability))
    Cuda.get_device_total_memory = classmethod(lambda cls, device_id=0: int(gib * 2**30))
    Cuda.device_count = classmethod(lambda cls: count)
    Cuda.get_device_name = classmethod(lambda cls, device_id=0: Properties.name)
    platforms._current_platform = Cuda()
